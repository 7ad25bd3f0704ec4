import type { BoxGeometry, EllipseGeometry, Geometry } from '@exact/geometry';

/**
 * Something that can be dragged on a selected shape, at a level-0 point.
 * `side`: -1, 0, 1 along the shape's own x and y · `vertex`: a point of a line or ring · `edge`: the middle of an edge, where a
 * new point is made · `turn`: turns a box or an ellipse about its centre.
 */
export type Handle = { readonly x: number; readonly y: number } & (
  | { readonly type: 'side'; readonly sx: -1 | 0 | 1; readonly sy: -1 | 0 | 1 }
  | { readonly type: 'vertex'; readonly path: RingPath; readonly index: number }
  | { readonly type: 'edge'; readonly path: RingPath; readonly index: number }
  | { readonly type: 'turn' }
);
/** Which ring: the polygon and the ring in it; both 0 for a line. */
export type RingPath = readonly [polygon: number, ring: number];

const SIDES = [-1, 0, 1] as const;

interface Frame {
  readonly cx: number;
  readonly cy: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly angle: number;
}

function frameOf(shape: BoxGeometry | EllipseGeometry): Frame {
  const angle = shape.angle ?? 0;
  if (shape.kind === 'ellipse') return { cx: shape.cx, cy: shape.cy, halfWidth: shape.rx, halfHeight: shape.ry, angle };
  return {
    cx: shape.x + shape.width / 2,
    cy: shape.y + shape.height / 2,
    halfWidth: shape.width / 2,
    halfHeight: shape.height / 2,
    angle,
  };
}

function withFrame(
  shape: BoxGeometry | EllipseGeometry,
  { cx, cy, halfWidth, halfHeight }: Frame,
): BoxGeometry | EllipseGeometry {
  if (shape.kind === 'ellipse') return { ...shape, cx, cy, rx: halfWidth, ry: halfHeight };
  return { ...shape, x: cx - halfWidth, y: cy - halfHeight, width: 2 * halfWidth, height: 2 * halfHeight };
}

/** Rings of lines and polygons with where they are. */
export function ringsOf(
  geometry: Geometry,
): { readonly path: RingPath; readonly points: readonly number[]; readonly isClosed: boolean }[] {
  if (geometry.kind === 'line') return [{ path: [0, 0], points: geometry.points, isClosed: false }];
  if (geometry.kind !== 'polygon') return [];
  return geometry.polygons.flatMap((rings, p) =>
    rings.map((points, r) => ({ path: [p, r] as const, points, isClosed: true })),
  );
}

/**
 * What can be dragged.
 *
 * @param edgeLength - shortest edge, in level-0 pixels, that gets a handle in its middle
 * @param turnReach  - how far above its upper side a box or an ellipse is turned by, in level-0 pixels
 */
export function handlesOf(geometry: Geometry, edgeLength: number, turnReach: number): Handle[] {
  if (geometry.kind === 'box' || geometry.kind === 'ellipse') {
    const { cx, cy, halfWidth, halfHeight, angle } = frameOf(geometry);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const sides = SIDES.flatMap((sx) =>
      SIDES.flatMap((sy): Handle[] => {
        const [u, v] = [sx * halfWidth, sy * halfHeight];
        return sx === 0 && sy === 0
          ? []
          : [{ type: 'side', sx, sy, x: cx + u * cos - v * sin, y: cy + u * sin + v * cos }];
      }),
    );
    const reach = halfHeight + turnReach;
    return [...sides, { type: 'turn', x: cx + reach * sin, y: cy - reach * cos }];
  }
  return ringsOf(geometry).flatMap(({ path, points, isClosed }) => {
    const handles: Handle[] = [];
    const count = points.length / 2;
    for (let index = 0; index < count; index++) {
      const [x, y] = [points[2 * index] ?? 0, points[2 * index + 1] ?? 0];
      handles.push({ type: 'vertex', path, index, x, y });
      if (index === count - 1 && !isClosed) continue;
      const next = (index + 1) % count;
      const [nx, ny] = [points[2 * next] ?? 0, points[2 * next + 1] ?? 0];
      if (Math.hypot(nx - x, ny - y) >= edgeLength)
        handles.push({ type: 'edge', path, index, x: (x + nx) / 2, y: (y + ny) / 2 });
    }
    return handles;
  });
}

/**
 * The shape with one side or corner dragged to a point; the opposite one stays. Works in the shape's own frame, so that turned
 * ones keep their angle. `isEven` keeps the ratio of width to height when a corner is dragged.
 */
export function dragSide(
  shape: BoxGeometry | EllipseGeometry,
  sx: number,
  sy: number,
  to: { x: number; y: number },
  isEven: boolean,
): BoxGeometry | EllipseGeometry {
  const frame = frameOf(shape);
  const [cos, sin] = [Math.cos(frame.angle), Math.sin(frame.angle)];
  const [dx, dy] = [to.x - frame.cx, to.y - frame.cy];
  const [u, v] = [dx * cos + dy * sin, -dx * sin + dy * cos];
  // the fixed side, and how far the dragged one is from it
  const [fixedU, fixedV] = [-sx * frame.halfWidth, -sy * frame.halfHeight];
  let width = sx === 0 ? 2 * frame.halfWidth : u - fixedU;
  let height = sy === 0 ? 2 * frame.halfHeight : v - fixedV;
  if (isEven && sx !== 0 && sy !== 0) {
    const factor = Math.max(Math.abs(width) / (2 * frame.halfWidth), Math.abs(height) / (2 * frame.halfHeight));
    width = 2 * frame.halfWidth * factor * (Math.sign(width) || 1);
    height = 2 * frame.halfHeight * factor * (Math.sign(height) || 1);
  }
  const midU = sx === 0 ? 0 : fixedU + width / 2;
  const midV = sy === 0 ? 0 : fixedV + height / 2;
  return withFrame(shape, {
    cx: frame.cx + midU * cos - midV * sin,
    cy: frame.cy + midU * sin + midV * cos,
    halfWidth: Math.max(Math.abs(width) / 2, 0.5),
    halfHeight: Math.max(Math.abs(height) / 2, 0.5),
    angle: frame.angle,
  });
}

/**
 * The shape turned so that its upper side faces a point. A box looks the same after half a round, so angles stay between -90°
 * and 90°, as they are typed.
 *
 * @param step - radians to whose multiples the angle is rounded; 0 for none
 */
export function turnTo(
  shape: BoxGeometry | EllipseGeometry,
  to: { x: number; y: number },
  step: number,
): BoxGeometry | EllipseGeometry {
  const { cx, cy } = frameOf(shape);
  const angle = Math.atan2(to.x - cx, cy - to.y);
  return withAngle(shape, step === 0 ? angle : Math.round(angle / step) * step);
}

/** The shape at an angle (radians clockwise), about its centre. */
export function withAngle<T extends BoxGeometry | EllipseGeometry>(shape: T, angle: number): T {
  const { angle: _before, ...plain } = shape;
  let within = angle % Math.PI;
  if (within > Math.PI / 2) within -= Math.PI;
  if (within <= -Math.PI / 2) within += Math.PI;
  return (Math.abs(within) < 1e-9 ? plain : { ...plain, angle: within }) as T;
}

/** The shape with one ring changed. */
export function changeRing(
  geometry: Geometry,
  [p, r]: RingPath,
  change: (points: readonly number[]) => readonly number[],
): Geometry {
  if (geometry.kind === 'line') return { ...geometry, points: change(geometry.points) };
  if (geometry.kind !== 'polygon') return geometry;
  const polygons = geometry.polygons.map((rings, i) =>
    i === p ? rings.map((ring, j) => (j === r ? change(ring) : ring)) : rings,
  );
  return { ...geometry, polygons };
}

export const moveVertex = (geometry: Geometry, path: RingPath, index: number, x: number, y: number): Geometry =>
  changeRing(geometry, path, (points) =>
    points.map((value, i) => (i === 2 * index ? x : i === 2 * index + 1 ? y : value)),
  );

/** Makes a point behind the one with this index. */
export const insertVertex = (geometry: Geometry, path: RingPath, index: number, x: number, y: number): Geometry =>
  changeRing(geometry, path, (points) => [...points.slice(0, 2 * index + 2), x, y, ...points.slice(2 * index + 2)]);

/** Takes a point away; nothing when too few would be left. */
export function deleteVertex(geometry: Geometry, path: RingPath, index: number): Geometry | undefined {
  const ring = ringsOf(geometry).find((item) => item.path[0] === path[0] && item.path[1] === path[1]);
  if (!ring || ring.points.length / 2 <= (ring.isClosed ? 3 : 2)) return undefined;
  return changeRing(geometry, path, (points) => points.filter((_, i) => i >> 1 !== index));
}

/** Upper left corner before turning and size in level-0 pixels; degrees clockwise. */
export type FrameField = 'x' | 'y' | 'width' | 'height' | 'angle';

/** A box or an ellipse in numbers that people type. */
export function frameFields(shape: BoxGeometry | EllipseGeometry): Readonly<Record<FrameField, number>> {
  const { cx, cy, halfWidth, halfHeight, angle } = frameOf(shape);
  const [width, height] = [2 * halfWidth, 2 * halfHeight];
  return { x: cx - halfWidth, y: cy - halfHeight, width, height, angle: (angle * 180) / Math.PI };
}

/** The shape with other numbers, see {@link frameFields}. */
export function framed(
  shape: BoxGeometry | EllipseGeometry,
  { x, y, width, height, angle }: Readonly<Record<FrameField, number>>,
): BoxGeometry | EllipseGeometry {
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  const made = withFrame(shape, { cx: x + halfWidth, cy: y + halfHeight, halfWidth, halfHeight, angle: 0 });
  return withAngle(made, (angle * Math.PI) / 180);
}
