/**
 * Gives the distance from (x, y) to an ellipse about (0, 0) with half axes rx, ry along x and y.
 *
 * Bisection on the one root of a convex function, safe for flat ellipses and for points on the axes, where the usual
 * Newton iterations fail: Eberly, "Distance from a point to an ellipse, an ellipsoid, or a hyperellipsoid", 2013.
 */
export function ellipseDistance(rx: number, ry: number, x: number, y: number): number {
  const isWide = rx >= ry;
  const e0 = isWide ? rx : ry;
  const e1 = isWide ? ry : rx;
  const y0 = Math.abs(isWide ? x : y);
  const y1 = Math.abs(isWide ? y : x);
  // So near the long axis counts as on it: below, products of such numbers would vanish.
  if (y1 > e1 * 1e-100) {
    if (y0 === 0) return Math.abs(y1 - e1);
    const ratio = (e0 / e1) ** 2;
    const t = findRoot(ratio, y0 / e0, y1 / e1);
    return Math.hypot((ratio * y0) / (t + (ratio - 1)) - y0, y1 / t - y1);
  }
  const numerator = e0 * y0;
  const denominator = e0 * e0 - e1 * e1;
  if (numerator >= denominator) return Math.abs(y0 - e0);
  const x0 = numerator / denominator;
  return Math.hypot(e0 * x0 - y0, e1 * Math.sqrt(1 - x0 * x0));
}

/**
 * Solves (ratio · z0 / (t + ratio - 1))² + (z1 / t)² = 1 for t. The paper writes s = t - 1, which loses all digits next to
 * the long axis, where t is nearly 0.
 */
function findRoot(ratio: number, z0: number, z1: number): number {
  const n0 = ratio * z0;
  let low = z1;
  let high = z0 * z0 + z1 * z1 < 1 ? 1 : Math.hypot(n0, z1);
  let t = low;
  // At most 1074 halvings to the smallest double and 53 within one; the loop ends when the middle is one of the ends.
  for (let i = 0; i < 1200; i++) {
    t = (low + high) / 2;
    if (t === low || t === high) break;
    const value = (n0 / (t + (ratio - 1))) ** 2 + (z1 / t) ** 2 - 1;
    if (value > 0) low = t;
    else if (value < 0) high = t;
    else break;
  }
  return t;
}
