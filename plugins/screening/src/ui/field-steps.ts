import type { Box } from './geometry.ts';

export const DIRECTIONS = ['left', 'right', 'up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * The next field in a direction, over gaps without tissue, in the same row or column: fields beside it count that share more than half of
 * their height (width).
 *
 * @param isOpen - fields that are left out by it are passed over
 * @returns the index in `fields`; undefined at the edge
 */
export function fieldTowards(
  fields: readonly Box[],
  from: number,
  direction: Direction,
  isOpen: (index: number) => boolean = () => true,
): number | undefined {
  const start = fields[from];
  if (!start) return undefined;
  const isAcross = direction === 'left' || direction === 'right';
  const sign = direction === 'right' || direction === 'down' ? 1 : -1;
  const reach = (isAcross ? start.height : start.width) / 2;
  let best: number | undefined;
  let bestScore = Infinity;
  fields.forEach((field, index) => {
    const [dx, dy] = [field.x - start.x, field.y - start.y];
    const along = (isAcross ? dx : dy) * sign;
    const aside = Math.abs(isAcross ? dy : dx);
    if (along <= 0 || aside >= reach || !isOpen(index)) return;
    const score = along + 2 * aside;
    if (score < bestScore) [best, bestScore] = [index, score];
  });
  return best;
}

/** The field at a point: of those that overlap there, the one whose middle is nearest. Level-0 pixels. */
export function fieldAt(fields: readonly Box[], x: number, y: number): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  fields.forEach((field, index) => {
    const [dx, dy] = [x - field.x, y - field.y];
    if (dx < 0 || dy < 0 || dx > field.width || dy > field.height) return;
    const distance = (dx - field.width / 2) ** 2 + (dy - field.height / 2) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

/** The first index after `from` that fits, going on at the beginning; `from` itself last. */
export function nextFitting(count: number, from: number, fits: (index: number) => boolean): number | undefined {
  for (let step = 1; step <= count; step++) {
    const index = (((from + step) % count) + count) % count;
    if (fits(index)) return index;
  }
  return undefined;
}
