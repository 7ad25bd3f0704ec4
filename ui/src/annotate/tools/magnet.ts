import { outline, type Geometry } from '@exact/geometry';
import { ringsOf } from './handles.ts';
import { pointToSegment } from './segment.ts';
import type { ToolHost, ToolPoint } from './tool.ts';

/** How near, in CSS pixels, a border must be to draw a vertex to it. */
export const MAGNET_PX = 8;

/** A point that was moved, for a tool, to where it counts. */
export const moveTo = (host: ToolHost, point: ToolPoint, x: number, y: number): ToolPoint => {
  const at = host.toScreen(x, y);
  return { ...point, x, y, screenX: at.x, screenY: at.y };
};

interface Position {
  readonly x: number;
  readonly y: number;
}

/**
 * The point with its direction from `from` turned to the nearest multiple of 45° on the screen: what looks upright is, also
 * in a turned view.
 */
export function alongEighth(host: ToolHost, from: Position, point: ToolPoint): ToolPoint {
  const start = host.toScreen(from.x, from.y);
  const [dx, dy] = [point.screenX - start.x, point.screenY - start.y];
  const angle = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4;
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  const length = dx * ux + dy * uy; // the foot of the pointer on that line: it stays under the hand
  const at = host.toImage(start.x + length * ux, start.y + length * uy);
  return moveTo(host, point, at.x, at.y);
}

/** The point on the nearest border within reach, a vertex before an edge; the point itself where there is none or the magnet is off. */
export function pull(host: ToolHost, point: ToolPoint, besides: readonly string[] = []): ToolPoint {
  if (!host.options.isMagnetOn) return point;
  const reach = MAGNET_PX / host.scale();
  let vertex: (Position & { distance: number }) | undefined;
  let edge: (Position & { distance: number }) | undefined;
  const near = { minX: point.x - reach, minY: point.y - reach, maxX: point.x + reach, maxY: point.y + reach };
  for (const uuid of host.within(near)) {
    const geometry = besides.includes(uuid) ? undefined : host.get(uuid)?.geometry;
    if (!geometry) continue;
    for (const { points, isClosed } of bordersOf(geometry, 0.25 / host.scale())) {
      const count = points.length / 2;
      for (let i = 0; i < count; i++) {
        const a = { x: points[2 * i] ?? 0, y: points[2 * i + 1] ?? 0 };
        const distance = Math.hypot(a.x - point.x, a.y - point.y);
        if (distance <= Math.min(reach, vertex?.distance ?? reach)) vertex = { ...a, distance };
        if (i === count - 1 && !isClosed) continue;
        const next = (i + 1) % count;
        const b = { x: points[2 * next] ?? 0, y: points[2 * next + 1] ?? 0 };
        const foot = pointToSegment(point, a, b);
        if (foot.distance > Math.min(reach, edge?.distance ?? reach)) continue;
        edge = {
          x: a.x + foot.share * (b.x - a.x),
          y: a.y + foot.share * (b.y - a.y),
          distance: foot.distance,
        };
      }
    }
  }
  const found = vertex ?? edge;
  return found ? moveTo(host, point, found.x, found.y) : point;
}

function bordersOf(
  geometry: Geometry,
  tolerance: number,
): readonly { readonly points: readonly number[]; readonly isClosed: boolean }[] {
  if (geometry.kind === 'point') return [{ points: [geometry.x, geometry.y], isClosed: false }];
  if (geometry.kind === 'box' || geometry.kind === 'ellipse')
    return outline(geometry, tolerance).map((points) => ({ points, isClosed: true }));
  return ringsOf(geometry);
}
