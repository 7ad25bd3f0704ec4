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
  if (y1 > 0) {
    if (y0 === 0) return Math.abs(y1 - e1);
    const z0 = y0 / e0;
    const z1 = y1 / e1;
    const g = z0 * z0 + z1 * z1 - 1;
    if (g === 0) return 0;
    const ratio = (e0 / e1) ** 2;
    const s = findRoot(ratio, z0, z1, g);
    return Math.hypot((ratio * y0) / (s + ratio) - y0, y1 / (s + 1) - y1);
  }
  const numerator = e0 * y0;
  const denominator = e0 * e0 - e1 * e1;
  if (numerator >= denominator) return Math.abs(y0 - e0);
  const x0 = numerator / denominator;
  return Math.hypot(e0 * x0 - y0, e1 * Math.sqrt(1 - x0 * x0));
}

function findRoot(ratio: number, z0: number, z1: number, g: number): number {
  const n0 = ratio * z0;
  let low = z1 - 1;
  let high = g < 0 ? 0 : Math.hypot(n0, z1) - 1;
  let s = 0;
  // A double has 1074 bits at most; the loop ends as soon as the middle is one of the ends.
  for (let i = 0; i < 1074; i++) {
    s = (low + high) / 2;
    if (s === low || s === high) break;
    const value = (n0 / (s + ratio)) ** 2 + (z1 / (s + 1)) ** 2 - 1;
    if (value > 0) low = s;
    else if (value < 0) high = s;
    else break;
  }
  return s;
}
