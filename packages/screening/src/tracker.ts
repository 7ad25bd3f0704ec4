import type { Bounds } from '@exact/geometry';
import { type Field, fieldAt, type FieldPlan } from './fields.ts';
import { isSeenBy, SCALE_TOLERANCE, SEEN_SHARE, type SeenRule, type Visit } from './seen.ts';

/** Share of a field from which on one is at it. */
export const VISIT_SHARE = 0.5;
/** Shorter stays are passing by: nobody has looked. */
export const MIN_VISIT_MS = 100;
/** Without a sign of the reader for so long, they are taken to have gone away. */
export const IDLE_AFTER_MS = 60_000;

/** What is on the screen from `at` on. */
export interface Sight {
  /** ms since 1970, by one clock; a clock that is set back stands still. */
  readonly at: number;
  readonly bounds: Bounds;
  /** Level-0 pixels for one CSS pixel. */
  readonly downsample: number;
}

/** A stay that goes on. */
export interface OpenVisit extends Omit<Visit, 'leftAt' | 'marks'> {
  /** Whether the field would count as seen if the reader left it now. */
  readonly isSeen: boolean;
}

/**
 * Follows what a reader has on the screen and tells which fields they have been at. Every visit is given out once, when it has ended.
 *
 * What was fed last holds until the next one is fed: feed at each change of the view, and every few seconds while the reader gives any sign.
 */
export interface SeenTracker {
  /** @param options - `marks`: false when the reader leaves by "move without marking" (default true) */
  feed(sight: Sight, options?: { readonly marks?: boolean }): Visit[];
  /** The image is not on the screen any more: another tab, the end of screening. */
  pause(at: number): Visit[];
  /** Stays that go on, as they stand at that time. */
  open(at: number): OpenVisit[];
}

interface Stay {
  readonly field: number;
  readonly enteredAt: number;
  dwellMs: number;
  share: number;
  downsample: number;
}

/** @param rule - of the plan */
export function createSeenTracker(plan: FieldPlan, rule: SeenRule): SeenTracker {
  const stays = new Map<number, Stay>();
  let sight: Sight | undefined;
  /** Shares of the fields that `sight` is at. */
  let shares: ReadonlyMap<number, number> = new Map();
  let now = -Infinity;

  /** Time up to which the reader was there, when asked at `at`. */
  const presentUntil = (at: number): number => (sight ? Math.min(at, sight.at + IDLE_AFTER_MS) : at);

  function pass(at: number): void {
    const until = presentUntil(at);
    const elapsed = Math.max(0, until - now);
    for (const [field, share] of shares) {
      const stay = stays.get(field);
      if (stay && share >= SEEN_SHARE) stay.dwellMs += elapsed;
    }
    now = Math.max(now, until);
  }
  function end(isOver: (field: number) => boolean, marks: boolean): Visit[] {
    const ended: Visit[] = [];
    for (const stay of [...stays.values()].filter(({ field }) => isOver(field))) {
      stays.delete(stay.field);
      if (now - stay.enteredAt >= MIN_VISIT_MS) ended.push(toVisit(stay, now, marks));
    }
    return ended;
  }
  function stop(at: number): Visit[] {
    pass(at);
    const ended = end(() => true, true);
    sight = undefined;
    shares = new Map();
    return ended;
  }

  return {
    feed(next, { marks = true } = {}) {
      const wasAway = sight !== undefined && next.at > sight.at + IDLE_AFTER_MS;
      const ended = wasAway ? stop(next.at) : [];
      if (!wasAway) pass(next.at);
      now = Math.max(now, next.at);
      const isPlannedScale = next.downsample > 0 && next.downsample <= rule.downsample * SCALE_TOLERANCE;
      shares = isPlannedScale ? sharesOf(plan, next.bounds) : new Map();
      ended.push(...end((field) => !shares.has(field), marks));
      for (const [field, share] of shares) {
        const stay = stays.get(field);
        if (!stay) stays.set(field, { field, enteredAt: now, dwellMs: 0, share, downsample: next.downsample });
        else {
          stay.share = Math.max(stay.share, share);
          stay.downsample = Math.max(stay.downsample, next.downsample);
        }
      }
      sight = { ...next, at: now };
      return ended;
    },
    pause: (at) => stop(at),
    open(at) {
      const until = Math.max(now, presentUntil(at));
      return [...stays.values()].map(({ field, enteredAt, dwellMs, share, downsample }) => {
        const more = (shares.get(field) ?? 0) >= SEEN_SHARE ? until - now : 0;
        const visit = { field, enteredAt, dwellMs: Math.round(dwellMs + more), share, downsample };
        return { ...visit, isSeen: isSeenBy({ ...visit, leftAt: until, marks: true }, rule) };
      });
    },
  };
}

const toVisit = ({ field, enteredAt, dwellMs, share, downsample }: Stay, leftAt: number, marks: boolean): Visit => ({
  field,
  enteredAt: Math.round(enteredAt),
  leftAt: Math.round(leftAt),
  dwellMs: Math.min(Math.round(dwellMs), Math.round(leftAt) - Math.round(enteredAt)),
  share,
  downsample,
  marks,
});

/** Fields of which at least {@link VISIT_SHARE} lies in a box, with their shares. O(columns + rows + found). */
export function sharesOf(plan: FieldPlan, { minX, minY, maxX, maxY }: Bounds): Map<number, number> {
  const [first] = plan.fields;
  const shares = new Map<number, number>();
  if (!first) return shares;
  const columns = partsOf(plan.xs, first.maxX - first.minX, minX, maxX);
  const rows = partsOf(plan.ys, first.maxY - first.minY, minY, maxY);
  for (const [row, down] of rows)
    for (const [column, across] of columns) {
      const index = fieldAt(plan, column, row);
      if (index !== undefined && across * down >= VISIT_SHARE) shares.set(index, across * down);
    }
  return shares;
}

/** Which pieces of a length have how much of themselves between two places. */
function partsOf(starts: readonly number[], size: number, from: number, to: number): [number, number][] {
  return starts.flatMap((start, i): [number, number][] => {
    const part = (Math.min(to, start + size) - Math.max(from, start)) / size;
    return part >= VISIT_SHARE ? [[i, part]] : [];
  });
}

/** The field that a view is most at: of those on screen, the one with the nearest centre. */
export function currentField(plan: FieldPlan, view: Bounds): Field | undefined {
  const [x, y] = [(view.minX + view.maxX) / 2, (view.minY + view.maxY) / 2];
  let best: Field | undefined;
  let least = Infinity;
  for (const index of sharesOf(plan, view).keys()) {
    const field = plan.fields[index];
    if (!field) continue;
    const distance = Math.hypot((field.minX + field.maxX) / 2 - x, (field.minY + field.maxY) / 2 - y);
    if (distance < least) [best, least] = [field, distance];
  }
  return best;
}
