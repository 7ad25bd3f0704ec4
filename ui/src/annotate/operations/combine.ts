import { area, type PolygonGeometry } from '@exact/geometry';
import { intersect as intersectOf, subtract as subtractOf, union } from '@exact/geometry/ops';
import type { Edit } from '../store/index.ts';
import { areasOf, refuse, type Area, type Operation, type Outcome } from './operation.ts';

/** Makes one annotation of all selected areas: the first polygon takes in the others, and keeps its class and its data. */
export const merge: Operation = (input) =>
  combineInto(areasOf(input), input.isLocked, (first, others) => {
    const merged = union([first, ...others]);
    return merged ? { geometry: merged, note: merged.polygons.length > 1 ? 'mergedApart' : 'merged' } : 'nothingLeft';
  });

/** Leaves of the first polygon what all selected areas have in common; the others go. */
export const intersect: Operation = (input) =>
  combineInto(areasOf(input), input.isLocked, (first, others) => {
    const common = intersectOf([first, ...others]);
    return common ? { geometry: common, note: 'intersected' } : 'nothingCommon';
  });

/** Cuts the other selected areas off the one that was selected first; they stay. */
export const subtract: Operation = (input) => {
  const areas = areasOf(input);
  const [first, ...others] = areas;
  if (!first || others.length === 0) return refuse('needTwo');
  if (first.record.geometry.kind !== 'polygon') return refuse('firstNoPolygon');
  if (input.isLocked(first.record)) return refuse('locked');
  const left = subtractOf(
    first.polygon,
    others.map(({ polygon }) => polygon),
  );
  if (!left) return refuse('nothingLeft');
  if (area(left) === area(first.polygon)) return refuse('apart');
  const { uuid } = first.record;
  return { edits: [{ op: 'update', uuid, geometry: left }], select: [uuid], notes: [] };
};

type Combine = (
  first: PolygonGeometry,
  others: readonly PolygonGeometry[],
) => { readonly geometry: PolygonGeometry; readonly note: string } | string;

function combineInto(areas: readonly Area[], isLocked: (record: Area['record']) => boolean, combine: Combine): Outcome {
  if (areas.length < 2) return refuse('needTwo');
  const keeper = areas.find(({ record }) => record.geometry.kind === 'polygon');
  if (!keeper) return refuse('needPolygon');
  if (areas.some(({ record }) => isLocked(record))) return refuse('locked');
  const others = areas.filter((other) => other !== keeper);
  const result = combine(
    keeper.polygon,
    others.map(({ polygon }) => polygon),
  );
  if (typeof result === 'string') return refuse(result);
  const { uuid } = keeper.record;
  return {
    edits: [
      { op: 'update', uuid, geometry: result.geometry },
      ...others.map(({ record }): Edit => ({ op: 'delete', uuid: record.uuid })),
    ],
    select: [uuid],
    notes: [{ key: result.note, values: { count: areas.length, parts: result.geometry.polygons.length } }],
  };
}
