import { randomUUID } from 'node:crypto';
import {
  type AnnotationLayer,
  ConflictError,
  InvalidRequestError,
  type LayerDraft,
  type LayerPurpose,
  type LayerSource,
  NotFoundError,
} from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import type { SeeingServices } from '../auth/seeing.ts';
import { orConflict } from '../db/conflicts.ts';
import type { Actor, Changes } from '../settings/changes.ts';

export interface LayerPatch {
  readonly name?: string | undefined;
  readonly purpose?: LayerPurpose | undefined;
  readonly shown?: boolean | undefined;
  readonly source?: LayerSource | undefined;
}
type Somebody = Actor & { readonly principal: Principal };

/** Layers of annotations by project. Rights are checked before; what of a layer somebody may know is decided here. */
export interface Layers {
  /** By name. Who works blind gets the shown ones, without count and source. */
  list(principal: Principal, projectId: number): Promise<AnnotationLayer[]>;
  /** @throws {@link ConflictError} for a name that is taken in the project */
  create(actor: Somebody, projectId: number, draft: LayerDraft): Promise<AnnotationLayer>;
  /** The layer of that name, made when it is missing. */
  ensure(actor: Somebody, projectId: number, draft: LayerDraft): Promise<AnnotationLayer>;
  update(actor: Somebody, layerId: number, patch: LayerPatch): Promise<AnnotationLayer>;
  /**
   * Deletes the layer with its annotations and all that hangs on them, for good.
   *
   * @param repeatedCount - how many annotations it holds; may be left out when it holds none
   * @throws {@link ConflictError} when that is not their number; nothing is deleted then
   */
  remove(actor: Somebody, layerId: number, repeatedCount: number | undefined): Promise<void>;
}

interface Parts {
  readonly changes: Changes;
  /** What this process holds ready of these images is old from now on. */
  readonly touchImages: (imageIds: readonly number[]) => void;
}

export function createLayers({ database, seeing }: SeeingServices, { changes, touchImages }: Parts): Layers {
  async function get(sql: Sql, layerId: number): Promise<AnnotationLayer> {
    const [row] = await sql.query<LayerRow>(`${SELECT} where l.id = $1`, [layerId]);
    if (!row) throw new NotFoundError({ what: 'layer', id: layerId });
    return view(row);
  }

  const insert = (actor: Somebody, projectId: number, { name, purpose, shown, source }: LayerDraft): Promise<number> =>
    changes.run(actor, async ({ sql, audit, forget, projectChanged }) => {
      const [row] = await orTaken(name, () =>
        sql.query<{ id: number }>(
          `insert into core.annotation_layer (project_id, name, purpose, shown, source, created_by)
           values ($1, $2, $3, $4, $5, $6) returning id`,
          [projectId, name, purpose, shown ?? false, JSON.stringify(source ?? {}), actor.principal.userId || null],
        ),
      );
      const { id } = row as { id: number };
      await projectChanged(projectId, 'layers');
      await audit({ action: 'layer.created', projectId, target: `layer:${id}${shown ? ' shown' : ''}` });
      forget({ about: 'project', id: projectId });
      return id;
    });

  return {
    async list(principal, projectId) {
      const { isBlinded } = await seeing.blinding.of(principal, projectId);
      const rows = await database.sql.query<LayerRow>(
        `${isBlinded ? SELECT_BLIND : SELECT} where l.project_id = $1 ${isBlinded ? 'and l.shown' : ''} order by lower(l.name), l.id`,
        [projectId],
      );
      return rows.map(view);
    },
    create: async (actor, projectId, draft) => get(database.sql, await insert(actor, projectId, draft)),
    async ensure(actor, projectId, draft) {
      const find = async (): Promise<number | undefined> => {
        const [row] = await database.sql.query<{ id: number }>(
          'select id from core.annotation_layer where project_id = $1 and lower(name) = lower($2)',
          [projectId, draft.name],
        );
        return row?.id;
      };
      const id =
        (await find()) ??
        (await insert(actor, projectId, draft).catch(async (error: unknown) => {
          const made = error instanceof ConflictError ? await find() : undefined; // by somebody else, meanwhile
          if (made === undefined) throw error;
          return made;
        }));
      return get(database.sql, id);
    },
    update: (actor, layerId, { name, purpose, shown, source }) =>
      changes.run(actor, async ({ sql, audit, forget, projectChanged }) => {
        if ([name, purpose, shown, source].every((value) => value === undefined))
          throw new InvalidRequestError({ fields: [{ path: 'body', message: 'names nothing to change' }] });
        const before = await lock(sql, layerId);
        await orTaken(name ?? '', () =>
          sql.query(
            `update core.annotation_layer set name = coalesce($2, name), purpose = coalesce($3, purpose),
               shown = coalesce($4, shown), source = coalesce($5, source) where id = $1`,
            [layerId, name ?? null, purpose ?? null, shown ?? null, source ? JSON.stringify(source) : null],
          ),
        );
        const projectId = before.project_id;
        await projectChanged(projectId, 'layers');
        if (shown !== undefined && shown !== before.shown)
          await audit({ action: 'layer.shown', projectId, target: `layer:${layerId} ${shown ? 'shown' : 'hidden'}` });
        forget({ about: 'project', id: projectId });
        return get(sql, layerId);
      }),
    async remove(actor, layerId, repeatedCount = 0) {
      const images = await changes.run(actor, async ({ sql, audit, forget, event, projectChanged }) => {
        // From here on nobody puts annotations into it: who does locks the layer, too.
        const { name, project_id: projectId } = await lock(sql, layerId);
        const rows = await sql.query<{ image_id: number; count: number }>(
          `select image_id, (count(*) filter (where deleted_at is null))::int as count
           from core.annotation where layer_id = $1 group by image_id order by image_id`,
          [layerId],
        );
        const count = rows.reduce((sum, row) => sum + row.count, 0);
        if (count !== repeatedCount) {
          const reason = `has ${count} annotations, not ${repeatedCount}. Look again and repeat the right number to delete it.`;
          throw new ConflictError({ what: `Layer "${name}"`, reason });
        }
        await sql.query('delete from core.annotation_layer where id = $1', [layerId]);
        const [changeId, { userId }] = [randomUUID(), actor.principal];
        for (const { image_id: imageId } of rows) {
          const lists = { created: [], updated: [], deleted: [], many: true };
          await event({ topic: 'annotations.changed', projectId, imageId, changeId, userId, ...lists });
        }
        await projectChanged(projectId, 'layers');
        await audit({ action: 'layer.deleted', projectId, target: `layer:${layerId} ${count}` });
        forget({ about: 'project', id: projectId });
        return rows.map((row) => row.image_id);
      });
      touchImages(images);
    },
  };
}

const COLUMNS = 'l.id, l.project_id, l.name, l.purpose, l.shown, l.created_at';
const SELECT_BLIND = `select ${COLUMNS} from core.annotation_layer l`;
const SELECT = `select ${COLUMNS}, l.source,
    (select count(*)::int from core.annotation a where a.layer_id = l.id and a.deleted_at is null) as count
  from core.annotation_layer l`;

interface LayerRow {
  readonly id: number;
  readonly project_id: number;
  readonly name: string;
  readonly purpose: LayerPurpose;
  readonly shown: boolean;
  readonly created_at: Date;
  readonly source?: LayerSource;
  readonly count?: number;
}

function view({
  id,
  project_id: projectId,
  name,
  purpose,
  shown,
  created_at,
  source,
  count,
}: LayerRow): AnnotationLayer {
  return {
    id,
    projectId,
    name,
    purpose,
    shown,
    createdAt: created_at.toISOString(),
    ...(source === undefined ? {} : { source }),
    ...(count === undefined ? {} : { annotationCount: count }),
  };
}

async function lock(sql: Sql, layerId: number): Promise<LayerRow> {
  const [row] = await sql.query<LayerRow>(`${SELECT_BLIND} where l.id = $1 for update`, [layerId]);
  if (!row) throw new NotFoundError({ what: 'layer', id: layerId });
  return row;
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict(
    {
      annotation_layer_name: {
        what: `Layer "${name}"`,
        reason: 'is already there in this project. Take another name.',
      },
    },
    work,
  );
}
