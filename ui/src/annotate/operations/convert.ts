import { checkInsideImage, translate } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import type { Edit } from '../store/index.ts';
import { asPolygon, refuse, type Operation, type OperationInput } from './operation.ts';

/**
 * Makes polygons of the selected boxes and ellipses. A class is for one kind of shape, so they get the polygon class in hand,
 * or the only one that there is.
 */
export const toPolygons: Operation = (input) => {
  const { records, isLocked, pixel } = input;
  const shapes = records.filter(({ geometry }) => geometry.kind === 'box' || geometry.kind === 'ellipse');
  if (shapes.length === 0) return refuse('needBoxes');
  const template = polygonClass(input);
  if (!template) return refuse('needPolygonClass');
  const open = shapes.filter((record) => !isLocked(record));
  if (open.length === 0) return refuse('locked');
  return {
    edits: open.map(({ uuid, geometry }): Edit => {
      return { op: 'update', uuid, templateId: template.id, geometry: asPolygon(geometry, pixel) };
    }),
    select: records.map(({ uuid }) => uuid),
    notes: [
      { key: 'converted', values: { count: open.length, name: template.name } },
      ...(open.length < shapes.length ? [{ key: 'lockedLeft', values: { count: shapes.length - open.length } }] : []),
    ],
  };
};

function polygonClass({ template, templates }: OperationInput): Template | undefined {
  if (template?.kind === 'polygon' && template.active) return template;
  const fitting = templates.filter(({ kind, active }) => active && kind === 'polygon');
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Copies the selected annotations with class, description and data, a little aside; what would leave the image stays out. */
export const duplicate: Operation = ({ records, aside: [dx, dy], image, makeUuid }) => {
  const shapes = records.filter(({ geometry }) => geometry.kind !== 'image');
  if (shapes.length === 0) return refuse('nothingToCopy');
  const edits = shapes.flatMap(({ templateId, geometry, description, meta }): Edit[] => {
    const moved = translate(geometry, dx, dy);
    if (!checkInsideImage(moved, image.width, image.height).ok) return [];
    const words = {
      ...(description ? { description } : {}),
      ...(meta && Object.keys(meta).length > 0 ? { meta } : {}),
    };
    return [{ op: 'create', uuid: makeUuid(), templateId, geometry: moved, ...words }];
  });
  if (edits.length === 0) return refuse('copyOutside');
  const left = shapes.length - edits.length;
  return {
    edits,
    select: edits.map(({ uuid }) => uuid),
    notes: left > 0 ? [{ key: 'someOutside', values: { count: left } }] : [],
  };
};
