import { fieldAt, type FieldPlan } from '@exact/screening';

export const DIRECTIONS = ['left', 'right', 'up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

const MOVES: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/**
 * The next field of the same row or column that is to be looked at, over gaps without tissue.
 *
 * @returns its index; undefined at the edge
 */
export function fieldTowards(
  plan: FieldPlan,
  from: number,
  direction: Direction,
  isOpen: (index: number) => boolean,
): number | undefined {
  const start = plan.fields[from];
  if (!start) return undefined;
  const [dx, dy] = MOVES[direction];
  for (let step = 1; ; step++) {
    const index = fieldAt(plan, start.column + step * dx, start.row + step * dy);
    if (index === undefined || isOpen(index)) return index;
  }
}

/** The first index after `from` that fits, going on at the beginning; `from` itself last. For the way back: `by` −1. */
export function nextFitting(
  count: number,
  from: number,
  fits: (index: number) => boolean,
  by: 1 | -1 = 1,
): number | undefined {
  for (let step = 1; step <= count; step++) {
    const index = (((from + step * by) % count) + count) % count;
    if (fits(index)) return index;
  }
  return undefined;
}
