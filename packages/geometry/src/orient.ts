/**
 * Tells on which side of the directed line a → b the point c lies: positive where y grows for a line to the right
 * (clockwise on the screen), negative on the other side, 0 on the line. The sign is exact.
 *
 * All arguments are whole numbers of at most 2^30. Floating point decides nearly always; the bound is that of Shewchuk,
 * "Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997, and what it cannot decide
 * is computed again with BigInt.
 */
export function orient(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const left = (bx - ax) * (cy - ay);
  const right = (by - ay) * (cx - ax);
  const det = left - right;
  const size = Math.abs(left) + Math.abs(right);
  if (size <= Number.MAX_SAFE_INTEGER || Math.abs(det) > size * 3.4e-16) return det;
  const exact = BigInt(bx - ax) * BigInt(cy - ay) - BigInt(by - ay) * BigInt(cx - ax);
  return exact === 0n ? 0 : exact > 0n ? 1 : -1;
}

/**
 * Gives twice the signed area of a flat ring of whole numbers of at most 2^30: positive when clockwise on the screen.
 * The sign is exact; the value is exact below 2^53.
 */
export function ringArea2(ring: readonly number[]): number {
  const ox = ring[0] ?? 0;
  const oy = ring[1] ?? 0;
  let sum = 0;
  let size = 0;
  let px = 0;
  let py = 0;
  for (let i = 2; i < ring.length; i += 2) {
    // The loop bound keeps both indices inside the list.
    const x = ring[i]! - ox;
    const y = ring[i + 1]! - oy;
    sum += px * y - py * x;
    size += Math.abs(px * y) + Math.abs(py * x);
    px = x;
    py = y;
  }
  // Each of the n terms and n sums errs by at most 2^-53 of what was added so far.
  if (size <= Number.MAX_SAFE_INTEGER || Math.abs(sum) > size * ring.length * 2.3e-16) return sum;
  return exactRingArea2(ring);
}

function exactRingArea2(ring: readonly number[]): number {
  let sum = 0n;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    sum += BigInt(ring[j]!) * BigInt(ring[i + 1]!) - BigInt(ring[j + 1]!) * BigInt(ring[i]!);
  }
  return Number(sum);
}
