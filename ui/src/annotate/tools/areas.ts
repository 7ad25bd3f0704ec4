import {
  bounds,
  checkGeometry,
  distanceToOutline,
  GeometryError,
  type BoxGeometry,
  type EllipseGeometry,
  type PolygonGeometry,
} from '@exact/geometry';
import { repair, simplify, snapToBorders, subtract, toPolygon, union } from '@exact/geometry/ops';
import { MAGNET_PX } from './magnet.ts';
import type { NewShape, Reshape, StepName, ToolHost, ToolPoint } from './tool.ts';

/** Whether a drawn area becomes a new annotation, or is united with the selected polygon or cut out of the selected ones. */
export type Combine = 'new' | 'add' | 'subtract';

export interface PolygonTarget {
  readonly uuid: string;
  readonly templateId: number;
  readonly geometry: PolygonGeometry;
}

/** What of an outline on the screen may be lost, in CSS pixels: less than one can see. */
export const OUTLINE_PX = 0.5;

/** Polygons among these annotations that may be changed. */
export function polygonsOf(host: ToolHost, uuids: readonly string[]): PolygonTarget[] {
  if (host.isReadOnly) return [];
  return uuids.flatMap((uuid) => {
    const record = host.get(uuid);
    if (!record || record.isDeleted || record.geometry.kind !== 'polygon' || host.isLocked(uuid)) return [];
    return [{ uuid, templateId: record.templateId, geometry: record.geometry }];
  });
}
export const selectedPolygons = (host: ToolHost): PolygonTarget[] => polygonsOf(host, host.selection());

/** What a drawing that begins at a point is for: Shift adds to the selected polygon, Alt cuts out of the selected ones. */
export function combineOf(host: ToolHost, point: ToolPoint): Combine {
  if ((!point.shift && !point.alt) || selectedPolygons(host).length === 0) return 'new';
  return point.alt ? 'subtract' : 'add';
}

/** Runs an operation on shapes; what cannot be worked out is said, not thrown. */
export function attempt<T>(host: ToolHost, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error;
    host.explain(error.message);
    return undefined;
  }
}

/** Changes that give polygons new shapes; those of which nothing is left are removed. */
export function reshapes(
  targets: readonly PolygonTarget[],
  shapeOf: (target: PolygonTarget) => PolygonGeometry | undefined,
): { reshape: Reshape[]; remove: string[] } {
  const reshape: Reshape[] = [];
  const remove: string[] = [];
  for (const target of targets) {
    const geometry = shapeOf(target);
    if (!geometry) remove.push(target.uuid);
    else if (geometry !== target.geometry) reshape.push({ uuid: target.uuid, geometry });
  }
  return { reshape, remove };
}

/**
 * Gives an area the borders of its neighbours where it comes near them, if the magnet is on.
 *
 * @param place - takes only neighbours at this level-0 point, as for a vertex that was moved to it; default all around
 */
export function weld(
  host: ToolHost,
  area: PolygonGeometry,
  besides: readonly string[] = [],
  place?: { readonly x: number; readonly y: number },
): PolygonGeometry {
  if (!host.options.isMagnetOn) return area;
  const reach = MAGNET_PX / host.scale();
  const { minX, minY, maxX, maxY } = place
    ? { minX: place.x, minY: place.y, maxX: place.x, maxY: place.y }
    : bounds(area);
  const neighbours = host
    .within({ minX: minX - reach, minY: minY - reach, maxX: maxX + reach, maxY: maxY + reach })
    .flatMap((uuid) => {
      const geometry = besides.includes(uuid) ? undefined : host.get(uuid)?.geometry;
      if (geometry?.kind !== 'polygon' && geometry?.kind !== 'box' && geometry?.kind !== 'ellipse') return [];
      if (place && distanceToOutline(geometry, place.x, place.y) > reach) return [];
      return [toPolygon(geometry, 0.25 / host.scale())];
    });
  return neighbours.length === 0 ? area : snapToBorders(area, neighbours, reach);
}

/** Takes out points that nobody can see at the present magnification. */
export const thinOut = (host: ToolHost, area: PolygonGeometry): PolygonGeometry =>
  simplify(area, OUTLINE_PX / host.scale());

/** A hand may cross its own line: then what is surrounded counts. What is clean keeps its points and their order. */
function clean(area: PolygonGeometry): PolygonGeometry {
  const checked = checkGeometry(area);
  if (checked.ok) return checked.geometry as PolygonGeometry;
  const repaired = repair(area);
  if (repaired) return repaired;
  throw new GeometryError(checked.code, checked.message, checked.path);
}

/**
 * Stores a drawn area: as a new annotation, or by changing the selected polygons. What was drawn may cross itself.
 *
 * @returns false when it was not stored; the person was told why
 */
export function storeArea(
  host: ToolHost,
  area: PolygonGeometry | BoxGeometry | EllipseGeometry,
  combine: Combine,
  label: StepName = combine === 'add' ? 'addArea' : 'cutOut',
): boolean {
  if (combine === 'new' && area.kind !== 'polygon') return host.create(area);
  const targets = combine === 'new' ? [] : selectedPolygons(host);
  const change = attempt(host, () => {
    const polygon = area.kind === 'polygon' ? clean(area) : toPolygon(area, 0.25 / host.scale());
    if (combine === 'subtract') return reshapes(targets, ({ geometry }) => subtract(geometry, [polygon]));
    const besides = targets.map(({ uuid }) => uuid);
    const welded = weld(host, polygon, besides);
    if (combine === 'new') return welded;
    return reshapes(targets.slice(0, 1), ({ geometry }) => union([geometry, welded]));
  });
  if (!change) return false;
  return 'kind' in change ? host.create(change) : host.change(label, change);
}

/** A new annotation beside one that is there, with its class and what was written about it. */
export function likeThat(host: ToolHost, uuid: string, geometry: PolygonGeometry): NewShape[] {
  const record = host.get(uuid);
  if (!record) return [];
  const { templateId, description, meta } = record;
  return [
    {
      templateId,
      geometry,
      ...(description === undefined || description === '' ? {} : { description }),
      ...(meta === undefined || Object.keys(meta).length === 0 ? {} : { meta }),
    },
  ];
}
