import {
  createCoverage,
  FIELD_STATES,
  isSeenBy,
  makeMask,
  planFields,
  unpackMask,
  type Coverage,
  type FieldPlan,
  type FieldState,
  type SeenRule,
  type TissueMask,
  type Visit,
} from '@exact/screening';
import type { Client } from '@exact/sdk/contract';
import { shallowRef, type Ref } from 'vue';
import type { screeningContract } from '../shared/contract.ts';
import type { Mark, Plan, Position, ProgressEvent, ReaderState, TissueMaskView } from '../shared/model.ts';

/** A plan with all that follows from it, and how far the reader is in it. */
export interface OpenPlan {
  readonly plan: Plan;
  readonly grid: FieldPlan;
  readonly rule: SeenRule;
  readonly outline: TissueMaskView['outline'];
  readonly coverage: Coverage;
  /** Fields that are for this reader to look at, in their order. */
  readonly mine: readonly number[];
  readonly isMine: (index: number) => boolean;
  readonly isSkipped: (index: number) => boolean;
  /** By index of the field. */
  readonly states: Readonly<Ref<readonly FieldState[]>>;
  readonly marks: Readonly<Ref<readonly Mark[]>>;
  readonly position: Ref<Position | undefined>;
  /** Takes a visit in before the server has acknowledged it. */
  addVisit(visit: Visit): void;
  setMark(field: number, note: string | undefined): void;
  /** Takes in what this person does elsewhere; a state never goes back. */
  follow(event: ProgressEvent, deviceId: string): void;
}

export const isSeen = (state: FieldState | undefined): boolean => state === 'seen' || state === 'revisited';

/** Loads a plan, one's own state in it, and its mask. */
export async function loadPlan(
  client: Client<typeof screeningContract>,
  planId: string,
  image: { readonly width: number; readonly height: number },
): Promise<OpenPlan> {
  const params = { planId };
  const [plan, state] = await Promise.all([client.plan({ params }), client.state({ params })]);
  const tissue =
    plan.tissueId === null
      ? undefined
      : await client.tissue({ params: { imageId: plan.imageId, tissueId: plan.tissueId } });
  return openPlan(plan, state, tissue, image);
}

export function openPlan(
  plan: Plan,
  state: ReaderState,
  tissue: TissueMaskView | undefined,
  image: { readonly width: number; readonly height: number },
): OpenPlan {
  const grid = planFields(plan);
  const rule = { dwellMs: plan.dwellMs, downsample: plan.downsample };
  const skipped = new Set(plan.skipped);
  const assigned = state.assigned === null ? undefined : new Set(state.assigned);
  const mine = grid.fields.flatMap(({ index }) =>
    !skipped.has(index) && (assigned === undefined || assigned.has(index)) ? [index] : [],
  );
  const isMine = new Set(mine);
  const states = shallowRef<readonly FieldState[]>(
    grid.fields.map(({ index }) => FIELD_STATES[Number(state.states[index] ?? 0)] ?? 'unseen'),
  );
  const marks = shallowRef<readonly Mark[]>(byField(state.marks));
  const position = shallowRef(state.position ?? undefined);
  /** The field that was seen last: seeing it again at once is no second look. */
  let lastSeen = -1;

  function raise(changes: readonly { readonly field: number; readonly state: FieldState }[]): void {
    const next = [...states.value];
    for (const { field, state: to } of changes) {
      const from = next[field];
      if (from !== undefined && FIELD_STATES.indexOf(to) > FIELD_STATES.indexOf(from)) next[field] = to;
    }
    states.value = next;
  }

  return {
    plan,
    grid,
    rule,
    outline: tissue?.outline ?? [],
    coverage: createCoverage(grid, { mask: tissue && maskOf(tissue, image), skipped }),
    mine,
    isMine: (index) => isMine.has(index),
    isSkipped: (index) => skipped.has(index),
    states,
    marks,
    position,
    addVisit(visit) {
      const { field } = visit;
      if (!isSeenBy(visit, rule)) return raise([{ field, state: 'partial' }]);
      const isAgain = isSeen(states.value[field]) && lastSeen !== field;
      raise([{ field, state: isAgain ? 'revisited' : 'seen' }]);
      lastSeen = field;
    },
    setMark(field, note) {
      const others = marks.value.filter((mark) => mark.field !== field);
      marks.value = note === undefined ? others : byField([...others, { field, note, at: new Date().toISOString() }]);
    },
    follow(event, deviceId) {
      if (event.planId !== plan.id || event.deviceId === deviceId) return;
      if (event.states) raise(event.states);
      if (event.marks) marks.value = byField(event.marks);
      if (event.position) position.value = event.position;
    },
  };
}

const byField = (marks: readonly Mark[]): Mark[] => [...marks].sort((a, b) => a.field - b.field);

export function maskOf(
  { bits, found }: Pick<TissueMaskView, 'bits' | 'found'>,
  image: { readonly width: number; readonly height: number },
): TissueMask | undefined {
  if (!found) return undefined;
  const packed = Uint8Array.from(atob(bits), (character) => character.charCodeAt(0));
  return makeMask(unpackMask(packed, found.width, found.height), found.width, found.height, image);
}
