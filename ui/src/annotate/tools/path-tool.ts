import { storeArea } from './areas.ts';
import { createPathDraft } from './path-draft.ts';
import { TARGET_PX, type Tool, type ToolHost } from './tool.ts';

/** Draws polygons. With a polygon selected, Shift at the first point adds to it and Alt cuts out of it. */
export const createPolygonTool = (host: ToolHost): Tool =>
  createPathDraft(host, {
    id: 'polygon',
    shape: 'area',
    canCombine: true,
    finish: (points, { combine }) => storeArea(host, { kind: 'polygon', polygons: [[points]] }, combine),
  });

/** Draws lines of many points. With a line selected, Shift at one of its ends goes on with it. */
export function createPolylineTool(host: ToolHost): Tool {
  let continued: string | undefined;
  return createPathDraft(host, {
    id: 'polyline',
    shape: 'line',
    begin(point) {
      continued = undefined;
      const [uuid] = host.selection();
      const record = uuid === undefined || host.isReadOnly || host.isLocked(uuid) ? undefined : host.get(uuid);
      if (!point.shift || record?.geometry.kind !== 'line') return undefined;
      const { points } = record.geometry;
      const distanceTo = (x = 0, y = 0): number => {
        const at = host.toScreen(x, y);
        return Math.hypot(at.x - point.screenX, at.y - point.screenY);
      };
      const [toFirst, toLast] = [distanceTo(points[0], points[1]), distanceTo(points.at(-2), points.at(-1))];
      if (Math.min(toFirst, toLast) > TARGET_PX) return undefined;
      continued = uuid;
      return toLast <= toFirst ? points : reversed(points);
    },
    finish(points) {
      if (continued === undefined) return host.create({ kind: 'line', points });
      return host.change('lengthen', { reshape: [{ uuid: continued, geometry: { kind: 'line', points } }] });
    },
  });
}

function reversed(points: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i] ?? 0, points[i + 1] ?? 0);
  return out;
}
