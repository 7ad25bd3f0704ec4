import { checkInsideImage, GEOMETRY_KINDS, type GeometryKind } from '@exact/geometry';
import type pg from 'pg';
import type { CleanChanges, CleanContent, Problem, Shape } from './validate.ts';

/** What a change stands on: its image, the templates that it names, and whether it was stored before. */
export interface Ground {
  readonly width: number;
  readonly height: number;
  readonly templates: ReadonlyMap<number, { readonly kind: GeometryKind; readonly isActive: boolean }>;
  /** Those that it names and the project has. */
  readonly layerIds: ReadonlySet<number>;
  /** The same person has stored a change of this `changeId` already, on this image or on another one. */
  readonly earlier: { readonly imageId: number } | undefined;
}

interface GroundRow {
  readonly width: number;
  readonly height: number;
  readonly templates: readonly (readonly [id: number, kind: GeometryKind, isActive: boolean])[];
  readonly layers: readonly number[];
  readonly earlier: number | null;
}

const GROUND = `
  select i.width, i.height,
    (select coalesce(json_agg(json_build_array(t.id, t.kind, t.active)), '[]') from core.template t
     join core.project_product pp on pp.product_id = t.product_id and pp.project_id = s.project_id
     where t.id = any($3::int[])) as templates,
    array(select l.id from core.annotation_layer l where l.id = any($5::int[]) and l.project_id = s.project_id) as layers,
    (select c.image_id from core.annotation_change c where c.change_id = $4 and c.user_id = $6) as earlier
  from core.image i join core.image_set s on s.id = i.image_set_id where i.id = $1 and s.project_id = $2`;

/** @returns nothing when the image is not in the project */
export async function readGround(
  client: pg.Pool | pg.PoolClient,
  projectId: number,
  imageId: number,
  userId: number,
  { changeId, drafts, edits }: CleanChanges,
): Promise<Ground | undefined> {
  const templateIds = new Set<number>();
  for (const item of [...drafts, ...edits]) if (item.templateId !== undefined) templateIds.add(item.templateId);
  const layerIds = new Set(edits.flatMap(({ layerId }) => layerId ?? []));
  const { rows } = await client.query<GroundRow>({
    name: 'annotations-ground', // planning it takes longer than running it
    text: GROUND,
    values: [imageId, projectId, [...templateIds], changeId, [...layerIds], userId],
  });
  const row = rows[0];
  if (!row) return undefined;
  return {
    width: row.width,
    height: row.height,
    templates: new Map(row.templates.map(([id, kind, isActive]) => [id, { kind, isActive }])),
    layerIds: new Set(row.layers),
    earlier: row.earlier === null ? undefined : { imageId: row.earlier },
  };
}

type Place = Pick<Problem, 'list' | 'index' | 'uuid'>;

/**
 * Checks what an item says against image and templates.
 *
 * @param kind - index of the kind that the annotation has afterwards, where that is known
 */
export function findGroundProblem(
  ground: Ground,
  place: Place,
  content: CleanContent,
  kind: number | undefined,
): Problem | undefined {
  const { templateId, shape, layerId } = content;
  if (typeof layerId === 'number' && !ground.layerIds.has(layerId))
    return problem(place, 'LAYER_UNKNOWN', `the project has no layer ${layerId}`);
  if (templateId !== undefined) {
    const template = ground.templates.get(templateId);
    if (!template) return problem(place, 'TEMPLATE_UNKNOWN', `the project has no template ${templateId}`);
    if (!template.isActive) return problem(place, 'TEMPLATE_INACTIVE', `template ${templateId} is no longer in use`);
    const drawn = kind === undefined ? undefined : GEOMETRY_KINDS[kind];
    if (drawn !== undefined && drawn !== template.kind) {
      return problem(
        place,
        'TEMPLATE_KIND',
        `template ${templateId} is for the kind ${template.kind}, not for ${drawn}`,
      );
    }
  }
  // An image whose pixels are not read yet has no size.
  if (!shape || ground.width === 0) return undefined;
  const inside = checkInsideImage(shape.geometry, ground.width, ground.height);
  return inside.ok ? undefined : problem(place, inside.code, inside.message);
}

/** The box of a shape; that of a whole-image label is the image. */
export function boundsOn(
  { width, height }: Pick<Ground, 'width' | 'height'>,
  { geometry, bounds }: Shape,
): Shape['bounds'] {
  return geometry.kind === 'image' ? { minX: 0, minY: 0, maxX: width, maxY: height } : bounds;
}

function problem({ list, index, uuid }: Place, code: string, message: string): Problem {
  return { list, index, ...(uuid === undefined ? {} : { uuid }), code, message };
}
