import { createHash } from 'node:crypto';
import { checkGeometry, checkInsideImage, encodeGeometry, type Geometry } from '@exact/geometry';
import type { Content, Outcome, Shape } from '@exact/opinion';
import { type Annotation, NotFoundError } from '@exact/sdk/contract';
import type { AnnotationFilter, PluginContext, Principal, Sql } from '@exact/sdk/server';
import { MAX_OBJECTS } from '../shared/contract.ts';
import { ForeignTemplateError, InvalidVerdictError, ShapeInvalidError, TooManyObjectsError } from '../shared/errors.ts';
import { VoteStaleError } from '../shared/errors.ts';
import type { Situation } from './situation.ts';

const PAGE = 1000;

/** A geometry under the name that equal geometries share: SHA-256 of its packed form. */
export const shapeOf = (geometry: Geometry): Shape => ({ key: shapeKey(encodeGeometry(geometry)), geometry });
export const shapeKey = (packed: Uint8Array): string => createHash('sha256').update(packed).digest('hex');
export const contentOf = ({ templateId, geometry }: Pick<Annotation, 'templateId' | 'geometry'>): Content => ({
  templateId,
  shapeKey: shapeKey(encodeGeometry(geometry)),
});

/** Reads one object as a person may see it. @throws NotFoundError for what is absent, deleted, hidden, or on another image */
export async function readObject(
  annotations: PluginContext['annotations'],
  principal: Principal,
  { projectId, imageId, uuid }: { readonly projectId: number; readonly imageId: number; readonly uuid: string },
): Promise<Annotation> {
  const { items } = await annotations.list(principal, { projectId, imageId, uuids: [uuid] });
  const [found] = items;
  if (!found) throw new NotFoundError({ what: 'annotation', id: uuid });
  return found;
}

/** Reads all objects that fit. @throws TooManyObjectsError */
export async function readObjects(
  annotations: PluginContext['annotations'],
  principal: Principal,
  filter: AnnotationFilter,
): Promise<Annotation[]> {
  const found: Annotation[] = [];
  let cursor: string | undefined;
  do {
    const page = await annotations.list(principal, filter, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.next;
    if (found.length > MAX_OBJECTS || (found.length === MAX_OBJECTS && cursor !== undefined)) {
      const counts = await annotations.count(principal, filter, 'image');
      throw new TooManyObjectsError({
        count: counts.reduce((sum, { count }) => sum + count, 0),
        limit: MAX_OBJECTS,
      });
    }
  } while (cursor !== undefined);
  return found;
}

/** Whether a person votes on an object: in a blind reading one's own drawings are the opinion itself. */
export const isVotedOn = ({ mode }: Situation, object: Annotation, userId: number): boolean =>
  mode !== 'blind' || object.layerId !== undefined || object.authorId !== userId;

/**
 * Holds an object still until the transaction ends, and checks that it is what was looked at.
 *
 * @throws VoteStaleError, NotFoundError when it was deleted meanwhile
 */
export async function holdStill(sql: Sql, object: Annotation, revision: number): Promise<void> {
  const [row] = await sql.query<{ revision: number; deleted: boolean }>(
    'select revision, deleted_at is not null as deleted from core.annotation where uuid = $1 for share',
    [object.uuid],
  );
  if (!row || row.deleted) throw new NotFoundError({ what: 'annotation', id: object.uuid });
  if (object.revision !== revision) throw new VoteStaleError({ current: object });
  if (row.revision !== revision) throw new VoteStaleError({ current: { ...object, revision: row.revision } });
}

interface Said {
  readonly verdict: string;
  readonly templateId?: number | undefined;
  readonly geometry?: Geometry | undefined;
}

/**
 * Checks that what is said of an object can be done to it.
 *
 * @returns the outcome that it asks for; nothing for `unsure` and `none`
 * @throws ForeignTemplateError, ShapeInvalidError, InvalidVerdictError
 */
export async function checkSaid(
  ctx: Pick<PluginContext, 'images' | 'projects'>,
  principal: Principal,
  projectId: number,
  object: Annotation,
  said: Said,
): Promise<Outcome | undefined> {
  const { verdict, templateId, geometry } = said;
  const takes = { templateId: verdict === 'relabel' || verdict === 'reshape', geometry: verdict === 'reshape' };
  for (const field of ['templateId', 'geometry'] as const)
    if (said[field] !== undefined && !takes[field])
      throw new InvalidVerdictError({ field, verdict, reason: 'does not take it' });
  if (verdict === 'relabel' && templateId === undefined)
    throw new InvalidVerdictError({ field: 'templateId', verdict, reason: 'needs it' });
  if (verdict === 'reshape' && geometry === undefined)
    throw new InvalidVerdictError({ field: 'geometry', verdict, reason: 'needs it' });
  if (templateId !== undefined) await checkTemplate(ctx, principal, projectId, object, templateId);
  if (verdict === 'accept' || verdict === 'reject') return { verdict };
  if (verdict === 'relabel' && templateId !== undefined) return { verdict, templateId };
  if (verdict !== 'reshape' || geometry === undefined) return undefined;
  const shape = await checkShape(ctx, principal, object, geometry);
  return { verdict, shape, ...(templateId === undefined ? {} : { templateId }) };
}

async function checkTemplate(
  { projects }: Pick<PluginContext, 'projects'>,
  principal: Principal,
  projectId: number,
  object: Annotation,
  templateId: number,
): Promise<void> {
  const products = await projects.products(principal, projectId);
  const template = products.flatMap((product) => product.templates).find(({ id }) => id === templateId);
  if (!template) throw new ForeignTemplateError({ templateId, reason: 'is not one of this project' });
  if (!template.active)
    throw new ForeignTemplateError({ templateId, reason: `("${template.name}") is not in use any more` });
  if (template.kind !== object.geometry.kind)
    throw new ForeignTemplateError({
      templateId,
      reason: `("${template.name}") is for shapes of kind ${template.kind}, and this object is a ${object.geometry.kind}`,
    });
}

async function checkShape(
  { images }: Pick<PluginContext, 'images'>,
  principal: Principal,
  object: Annotation,
  geometry: Geometry,
): Promise<Shape> {
  const checked = checkGeometry(geometry);
  if (!checked.ok) throw new ShapeInvalidError({ code: checked.code, reason: checked.message });
  if (checked.geometry.kind !== object.geometry.kind)
    throw new ShapeInvalidError({
      code: 'KIND',
      reason: `it is a ${checked.geometry.kind}, and the object a ${object.geometry.kind}.`,
    });
  const { width, height } = await images.get(principal, object.imageId);
  const inside = checkInsideImage(checked.geometry, width, height);
  if (!inside.ok) throw new ShapeInvalidError({ code: inside.code, reason: inside.message });
  return shapeOf(checked.geometry);
}
