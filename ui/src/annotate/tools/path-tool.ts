import { storeArea } from './areas.ts';
import { createPathDraft } from './path-draft.ts';
import type { Tool, ToolHost } from './tool.ts';

/** Draws polygons. With a polygon selected, Shift at the first point adds to it and Alt cuts out of it. */
export const createPolygonTool = (host: ToolHost): Tool =>
  createPathDraft(host, {
    id: 'polygon',
    shape: 'area',
    canCombine: true,
    finish: (points, { combine }) => storeArea(host, { kind: 'polygon', polygons: [[points]] }, combine),
  });

/** Draws lines of many points. */
export const createPolylineTool = (host: ToolHost): Tool =>
  createPathDraft(host, { id: 'polyline', shape: 'line', finish: (points) => host.create({ kind: 'line', points }) });
