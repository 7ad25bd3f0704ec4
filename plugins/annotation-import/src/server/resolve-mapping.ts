import { InvalidRequestError, type ProjectRole } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import { ManagersOnlyError } from '../shared/contract.ts';
import type { Mapping } from '../shared/plan.ts';
import type { PlanInput } from './plan-task.ts';
import { imagesOf } from './project-images.ts';

export type ResolvedMapping = Pick<
  PlanInput,
  'images' | 'labels' | 'author' | 'layerId' | 'repair' | 'target' | 'uuids' | 'mark'
>;

type Context = Pick<PluginContext, 'db' | 'images' | 'projects'>;

/**
 * Looks up all that a mapping names, as the person who gave it sees the project now.
 *
 * @throws InvalidRequestError naming what is not there
 */
export async function resolveMapping(
  ctx: Context,
  principal: Principal,
  projectId: number,
  mapping: Mapping,
): Promise<ResolvedMapping> {
  const [images, products, project] = await Promise.all([
    imagesOf(ctx, principal, projectId),
    ctx.projects.products(principal, projectId),
    ctx.projects.get(principal, projectId),
  ]);
  const imageById = new Map(images.map((image) => [image.id, image]));
  const templateById = new Map(
    products.flatMap(({ templates }) => templates).map((template) => [template.id, template]),
  );
  const wrong: { path: string; message: string }[] = [];
  const lookUp = <T>(map: ReadonlyMap<number, T>, id: number | null, path: string, what: string): T | null => {
    if (id === null) return null;
    const found = map.get(id);
    if (found === undefined) wrong.push({ path, message: `the project has no ${what} ${id} that you may use` });
    return found ?? null;
  };
  const imagesByName = mapping.images.map(({ name, imageId }, i) => {
    const image = lookUp(imageById, imageId, `images.${i}.imageId`, 'image');
    return [name, image && { id: image.id, width: image.width, height: image.height }] as const;
  });
  const labels = mapping.labels.map(({ label, templateId }, i) => {
    const template = lookUp(templateById, templateId, `labels.${i}.templateId`, 'template');
    if (template && !template.active)
      wrong.push({ path: `labels.${i}.templateId`, message: `template "${template.name}" is no longer in use` });
    return [label, template && { id: template.id, kind: template.kind }] as const;
  });
  const { author, target } = mapping;
  const members = await membersOf(ctx, projectId);
  const member = (userId: number, path: string): number => {
    if (!members.has(userId)) wrong.push({ path, message: `the project has no member ${userId}` });
    return userId;
  };
  const authors =
    author.by === 'me'
      ? principal.userId
      : author.by === 'one'
        ? member(author.userId, 'author.userId')
        : author.users.map(
            ({ name, userId }, i) =>
              [name, userId === null ? null : member(userId, `author.users.${i}.userId`)] as const,
          );
  const layer = await layerOf(ctx, principal, projectId, target);
  if (layer === 'missing') wrong.push({ path: 'target.layerId', message: 'the project has no such layer' });
  if (wrong.length > 0) throw new InvalidRequestError({ fields: wrong.slice(0, 50) });
  const { uuidMark } = project;
  return {
    images: imagesByName,
    labels,
    author: authors,
    layerId: typeof layer === 'object' ? layer.id : undefined,
    target:
      typeof layer === 'object' ? `layer ${layer.name}` : target.kind === 'newLayer' ? `layer ${target.name}` : 'own',
    repair: mapping.repair,
    uuids: mapping.uuids,
    ...(uuidMark === undefined ? {} : { mark: uuidMark }),
  };
}

/** What only managers may ask for is refused before anything is counted. */
export function refuseUnlessManager(
  principal: Principal,
  role: ProjectRole | undefined,
  { author, target }: Mapping,
): void {
  if (role === 'manager' || principal.isAdmin) return;
  if (target.kind !== 'own') throw new ManagersOnlyError({ what: 'import into layers' });
  if (author.by === 'name' || (author.by === 'one' && author.userId !== principal.userId))
    throw new ManagersOnlyError({ what: 'import in the name of others' });
}

async function membersOf({ db }: Context, projectId: number): Promise<ReadonlySet<number>> {
  const rows = await db.query<{ id: number }>('select user_id as id from core.project_member where project_id = $1', [
    projectId,
  ]);
  return new Set(rows.map(({ id }) => id));
}

async function layerOf(
  { projects }: Context,
  principal: Principal,
  projectId: number,
  target: Mapping['target'],
): Promise<{ readonly id: number; readonly name: string } | 'missing' | undefined> {
  if (target.kind === 'own') return undefined;
  const layers = await projects.layers(principal, projectId);
  return target.kind === 'layer'
    ? (layers.find(({ id }) => id === target.layerId) ?? 'missing')
    : layers.find(({ name }) => name === target.name); // the name stands for one layer of the project
}
