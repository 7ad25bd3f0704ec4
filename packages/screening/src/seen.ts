/** Share of a field that has to be on screen. */
export const SEEN_SHARE = 0.95;
/** How much coarser than planned the view may be: zoom factors of screens and browsers do not meet a number exactly. */
export const SCALE_TOLERANCE = 1.02;
/** How long a field has to be on screen, in ms, unless the plan says otherwise. */
export const DEFAULT_DWELL_MS = 500;

/** One stay at a field: begun when half of it came on screen at the planned scale, ended when that no longer held. */
export interface Visit {
  /** Index of the field in its plan. */
  readonly field: number;
  /** ms since 1970. */
  readonly enteredAt: number;
  readonly leftAt: number;
  /** ms of the stay during which at least {@link SEEN_SHARE} of the field was on screen at the planned scale. */
  readonly dwellMs: number;
  /** Largest share of the field that was on screen at once, 0…1. */
  readonly share: number;
  /** Coarsest scale of the stay, level-0 pixels for one CSS pixel; never above the planned one times {@link SCALE_TOLERANCE}. */
  readonly downsample: number;
  /** False where the reader left by "move without marking": such a stay is on record, but the field does not count as seen. */
  readonly marks: boolean;
}

/** What a plan asks of a visit. */
export interface SeenRule {
  readonly dwellMs: number;
  /** Planned scale, level-0 pixels for one CSS pixel. */
  readonly downsample: number;
}

/** `revisited`: seen again after another field had been seen in between. */
export const FIELD_STATES = ['unseen', 'partial', 'seen', 'revisited'] as const;
export type FieldState = (typeof FIELD_STATES)[number];

/** Tells whether the visit alone makes its field one that was seen. */
export const isSeenBy = ({ dwellMs, share, downsample, marks }: Visit, rule: SeenRule): boolean =>
  marks && share >= SEEN_SHARE && dwellMs >= rule.dwellMs && downsample <= rule.downsample * SCALE_TOLERANCE;

/**
 * Works out the state of each field from one reader's visits.
 *
 * @param count  - fields of the plan
 * @param visits - in any order; those of fields that the plan does not have are passed over
 * @returns by index of the field
 */
export function statesOf(count: number, visits: readonly Visit[], rule: SeenRule): FieldState[] {
  const states = Array.from<FieldState>({ length: count }).fill('unseen');
  let last = -1;
  for (const visit of [...visits].sort(byLeaving)) {
    const { field } = visit;
    const state = states[field];
    if (state === undefined) continue;
    if (isSeenBy(visit, rule)) {
      if (state === 'unseen' || state === 'partial') states[field] = 'seen';
      else if (last !== field) states[field] = 'revisited';
      last = field;
    } else if (state === 'unseen') states[field] = 'partial';
  }
  return states;
}

/** Of visits that ended together the one that began first comes first, then the lower field: the order of a batch says nothing. */
const byLeaving = (a: Visit, b: Visit): number => a.leftAt - b.leftAt || a.enteredAt - b.enteredAt || a.field - b.field;
