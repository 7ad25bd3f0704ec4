interface Position {
  readonly x: number;
  readonly y: number;
}

/** How far a point is from a segment, and where on it (0 at `a`, 1 at `b`) it comes nearest. */
export function pointToSegment(
  point: Position,
  a: Position,
  b: Position,
): { readonly distance: number; readonly share: number } {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length2 = dx * dx + dy * dy;
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length2));
  return { distance: Math.hypot(point.x - a.x - share * dx, point.y - a.y - share * dy), share };
}
