/**
 * Finds the one-to-one assignment of rows to columns with the greatest sum (Hungarian method with potentials, Kuhn 1955; as by
 * Jonker and Volgenant 1987, O(n³)).
 *
 * @param gain - gain of a pair, above 0; `undefined` where the two do not fit
 * @returns for each row its column, or −1
 */
export function assign(
  rows: number,
  columns: number,
  gain: (row: number, column: number) => number | undefined,
): Int32Array {
  const size = Math.max(rows, columns);
  // A square problem of least cost: what does not fit, and what is only there to fill it up, costs 0; a pair costs minus its gain.
  const cost = (row: number, column: number): number =>
    row < rows && column < columns ? -(gain(row, column) ?? 0) : 0;
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1); // by column, both from 1; 0 is free
  for (let row = 1; row <= size; row++) {
    const way = new Int32Array(size + 1);
    const least = new Float64Array(size + 1).fill(Infinity);
    const isUsed = new Uint8Array(size + 1);
    rowOf[0] = row;
    let column = 0;
    // `!` below: indices of these arrays
    do {
      isUsed[column] = 1;
      const from = rowOf[column]!;
      let [delta, next] = [Infinity, 0];
      for (let j = 1; j <= size; j++) {
        if (isUsed[j]) continue;
        const reduced = cost(from - 1, j - 1) - rowPotential[from]! - columnPotential[j]!;
        if (reduced < least[j]!) {
          least[j] = reduced;
          way[j] = column;
        }
        if (least[j]! < delta) [delta, next] = [least[j]!, j];
      }
      for (let j = 0; j <= size; j++) {
        if (isUsed[j]) {
          rowPotential[rowOf[j]!]! += delta;
          columnPotential[j]! -= delta;
        } else least[j]! -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = way[column]!;
      rowOf[column] = rowOf[before]!;
      column = before;
    }
  }
  const columnOf = new Int32Array(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]! - 1;
    if (row >= 0 && row < rows && gain(row, column - 1) !== undefined) columnOf[row] = column - 1;
  }
  return columnOf;
}
