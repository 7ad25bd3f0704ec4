import type { PolygonGeometry } from '@exact/geometry';
import {
  fillHoles as filled,
  removeSmall as withoutSmall,
  simplify as simplified,
  smooth as smoothed,
} from '@exact/geometry/ops';
import type { Edit } from '../store/index.ts';
import { refuse, type Note, type Operation, type OperationInput } from './operation.ts';

/** As one sees them on the screen, in CSS pixels: parts that hardly show, what of an outline may be lost, and how round. */
export const SMALL_PX = 8;
const SIMPLIFY_PX = 1;
const SMOOTH_PX = 3;
const ROUND_PX = 0.25;

/** Fills all holes of the selected polygons. */
export const fillHoles: Operation = (input) => reshapeEach(input, 'noHoles', (polygon) => filled(polygon));

/** Takes away parts and holes that are smaller on the screen than {@link SMALL_PX} squared; a last part stays. */
export const removeSmall: Operation = (input) =>
  reshapeEach(input, 'nothingSmall', (polygon) => withoutSmall(polygon, (SMALL_PX * input.pixel) ** 2) ?? polygon);

/** Leaves out points that do not show at the present magnification. */
export const simplify: Operation = (input) =>
  reshapeEach(
    input,
    'nothingToSimplify',
    (polygon) => simplified(polygon, SIMPLIFY_PX * input.pixel),
    (before, after) => ({ key: 'simplified', values: { before: countOf(before), after: countOf(after) } }),
  );

/** Rounds wobbles away that are small at the present magnification; with as many points as the curve needs to look round. */
export const smooth: Operation = (input) =>
  reshapeEach(input, 'nothingToSmooth', (polygon) =>
    simplified(smoothed(polygon, SMOOTH_PX * input.pixel), ROUND_PX * input.pixel),
  );

const countOf = (polygons: readonly PolygonGeometry[]): number =>
  polygons.reduce(
    (sum, { polygons: parts }) => sum + parts.flat().reduce((points, ring) => points + ring.length / 2, 0),
    0,
  );

const isSame = (a: PolygonGeometry, b: PolygonGeometry): boolean => {
  const [left, right] = [a.polygons.flat(), b.polygons.flat()];
  return (
    left.length === right.length &&
    left.every((ring, r) => ring.length === right[r]?.length && isSameRing(ring, right[r] ?? []))
  );
};

/** A ring that begins in another of its points is still the same. */
function isSameRing(a: readonly number[], b: readonly number[]): boolean {
  for (let shift = 0; shift < b.length; shift += 2) {
    if (a.every((value, i) => value === b[(i + shift) % b.length])) return true;
  }
  return false;
}

function reshapeEach(
  input: OperationInput,
  nothing: string,
  reshape: (polygon: PolygonGeometry) => PolygonGeometry,
  noteOf?: (before: readonly PolygonGeometry[], after: readonly PolygonGeometry[]) => Note,
): ReturnType<Operation> {
  const polygons = input.records.flatMap((record) =>
    record.geometry.kind === 'polygon' ? [{ record, polygon: record.geometry }] : [],
  );
  if (polygons.length === 0) return refuse('needPolygons');
  const open = polygons.filter(({ record }) => !input.isLocked(record));
  if (open.length === 0) return refuse('locked');
  const changed = open
    .map(({ record, polygon }) => ({ uuid: record.uuid, before: polygon, after: reshape(polygon) }))
    .filter(({ before, after }) => !isSame(before, after));
  if (changed.length === 0) return refuse(nothing);
  const locked = polygons.length - open.length;
  return {
    edits: changed.map(({ uuid, after }): Edit => ({ op: 'update', uuid, geometry: after })),
    select: input.records.map(({ uuid }) => uuid),
    notes: [
      ...(noteOf
        ? [
            noteOf(
              changed.map(({ before }) => before),
              changed.map(({ after }) => after),
            ),
          ]
        : []),
      ...(locked > 0 ? [{ key: 'lockedLeft', values: { count: locked } }] : []),
    ],
  };
}
