import { bounds, type PolygonGeometry } from '@exact/geometry';
import { intersect, splitByLine, strokeOutline, union } from '@exact/geometry/ops';
import { attempt, likeThat, polygonsOf, selectedPolygons, storeArea, type PolygonTarget } from './areas.ts';
import { CUT_COLOUR } from './drawing.ts';
import { createPathDraft } from './path-draft.ts';
import type { NewShape, Reshape, Tool, ToolHost } from './tool.ts';

/** Knife: splits the selected polygons along a drawn line. The largest piece stays the annotation, the others are new ones. */
export const createKnifeTool = (host: ToolHost): Tool =>
  createPathDraft(host, {
    id: 'knife',
    shape: 'line',
    isOneStroke: true,
    colour: CUT_COLOUR,
    finish(line) {
      const uuids = selectedPolygons(host).map(({ uuid }) => uuid);
      // The pieces get what is written about the whole.
      void host.ensureDetails(uuids).then(() => cut(host, line));
      return true;
    },
  });

function cut(host: ToolHost, line: readonly number[]): void {
  const targets = selectedPolygons(host);
  if (targets.length === 0) {
    host.tell('selectPolygon');
    return;
  }
  const reshape: Reshape[] = [];
  const create: NewShape[] = [];
  for (const { uuid, geometry } of targets) {
    const [largest, ...others] = attempt(host, () => splitByLine(geometry, line)) ?? [];
    if (!largest || others.length === 0) continue;
    reshape.push({ uuid, geometry: largest });
    create.push(...others.flatMap((piece) => likeThat(host, uuid, piece)));
  }
  if (reshape.length > 0) host.change('split', { reshape, create });
  else host.tell('lineCutsNothing');
}

/** Scissor: cuts a drawn area out of the selected polygons. */
export const createScissorTool = (host: ToolHost): Tool =>
  createPathDraft(host, {
    id: 'scissor',
    shape: 'area',
    isOneStroke: true,
    colour: CUT_COLOUR,
    finish(points) {
      if (selectedPolygons(host).length > 0)
        return storeArea(host, { kind: 'polygon', polygons: [[points]] }, 'subtract');
      host.tell('selectPolygon');
      return true;
    },
  });

/**
 * Glue: a line drawn across polygons of one class makes one of them; closed to an area, it is added to the selected polygon as
 * well. The selected polygon goes on, or the one where the line begins.
 */
export const createGlueTool = (host: ToolHost): Tool =>
  createPathDraft(host, {
    id: 'glue',
    shape: 'either',
    isOneStroke: true,
    finish(points, { isClosed }) {
      if (isClosed && selectedPolygons(host).length > 0)
        return storeArea(host, { kind: 'polygon', polygons: [[points]] }, 'add', 'glue');
      return merge(host, points);
    },
  });

function merge(host: ToolHost, line: readonly number[]): boolean {
  // as wide as a line is drawn: what it visibly touches counts
  const reach = 1 / host.scale();
  const trail = attempt(host, () => strokeOutline(line, reach));
  if (!trail) return false;
  const touched = polygonsOf(host, host.within(bounds(trail))).filter(({ geometry }) =>
    isTouched(host, geometry, trail),
  );
  const selected = selectedPolygons(host);
  const [x = 0, y = 0] = line;
  const first = selected[0] ?? touched.find(({ uuid }) => host.hit(x, y).includes(uuid)) ?? touched[0];
  const others = first
    ? unique([...selected, ...touched]).filter(
        ({ uuid, templateId }) => uuid !== first.uuid && templateId === first.templateId,
      )
    : [];
  if (!first || others.length === 0) {
    host.tell('glueNothing');
    return true;
  }
  const merged = attempt(host, () => union([first, ...others].map(({ geometry }) => geometry)));
  if (!merged) return false;
  return host.change('glue', {
    reshape: [{ uuid: first.uuid, geometry: merged }],
    remove: others.map(({ uuid }) => uuid),
  });
}

const isTouched = (host: ToolHost, geometry: PolygonGeometry, trail: PolygonGeometry): boolean =>
  attempt(host, () => intersect([geometry, trail])) !== undefined;

const unique = (targets: readonly PolygonTarget[]): PolygonTarget[] => [
  ...new Map(targets.map((target) => [target.uuid, target])).values(),
];
