/** Levels of the curve: 2^16 places along each side are finer than the way can be told apart. */
const LEVELS = 16;

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * Orders places so that the way from each to the next is short: along a Hilbert curve over their common square (Hilbert 1891).
 * Places that fall together keep the order they came in. O(n log n); about a quarter longer than the best way for scattered places
 * (Platzman & Bartholdi 1989).
 */
export function shortWay<T>(items: readonly T[], spotOf: (item: T) => Spot): T[] {
  const spots = items.map(spotOf);
  const least = spots.reduce((a, b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) }), {
    x: Infinity,
    y: Infinity,
  });
  const side = spots.reduce((most, { x, y }) => Math.max(most, x - least.x, y - least.y), 0) || 1;
  const cells = 2 ** LEVELS - 1;
  return items
    .map((item, index) => {
      const { x, y } = spots[index] ?? least;
      return {
        item,
        index,
        at: along(Math.floor(((x - least.x) / side) * cells), Math.floor(((y - least.y) / side) * cells)),
      };
    })
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ item }) => item);
}

/** How far along the curve a cell lies. */
function along(column: number, row: number): number {
  let [x, y, distance] = [column, row, 0];
  for (let half = 2 ** (LEVELS - 1); half >= 1; half /= 2) {
    const [right, down] = [(x & half) > 0 ? 1 : 0, (y & half) > 0 ? 1 : 0];
    distance += half * half * ((3 * right) ^ down);
    if (down === 0) {
      if (right === 1) [x, y] = [half - 1 - (x & (half - 1)), half - 1 - (y & (half - 1))];
      else [x, y] = [x & (half - 1), y & (half - 1)];
      [x, y] = [y, x];
    } else [x, y] = [x & (half - 1), y & (half - 1)];
  }
  return distance;
}
