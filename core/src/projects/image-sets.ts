import { ConflictError, type ImageSet as ImageSetView, NotFoundError } from '@exact/sdk/contract';
import type { Principal, Sql } from '@exact/sdk/server';
import { z } from 'zod';
import { orConflict } from '../db/conflicts.ts';
import { decodeCursor, likePattern, toPage } from '../db/cursor.ts';
import type { SeeingServices } from '../auth/seeing.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { type DeleteImages, deleteWithImages } from './delete-images.ts';
import { ImageSet } from '../images/entities.ts';

/** Of the annotations service: how many annotations of each image set the person may see; blind study modes count here, too. */
export type CountAnnotations = (
  principal: Principal,
  projectId: number,
  imageSetIds: readonly number[],
) => Promise<ReadonlyMap<number, number>>;

export interface ImageSetQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  /** Part of name, description or a tag, without regard to case. */
  readonly search?: string | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
}
export interface ImageSetDraft {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}
export interface ImageSetPatch extends Omit<ImageSetDraft, 'name'> {
  readonly name?: string | undefined;
  readonly position?: number | undefined;
}
type Somebody = Actor & { readonly principal: Principal };

/** Image sets in the order of their position, then of their making. */
export interface ImageSets {
  list(
    principal: Principal,
    projectId: number,
    query: ImageSetQuery,
  ): Promise<{ items: ImageSetView[]; next?: string }>;
  get(principal: Principal, imageSetId: number): Promise<ImageSetView>;
  /** Goes to the end. @throws {@link ConflictError} for a name that is taken in the project */
  create(actor: Somebody, projectId: number, draft: ImageSetDraft): Promise<ImageSetView>;
  update(actor: Somebody, imageSetId: number, patch: ImageSetPatch): Promise<ImageSetView>;
  /** @throws {@link ConflictError} when `repeatedCount` is not the number of its images; nothing is deleted then */
  remove(actor: Actor, imageSetId: number, repeatedCount: number): Promise<void>;
}

interface Parts {
  readonly changes: Changes;
  readonly deleteImages: DeleteImages;
  readonly countAnnotations: CountAnnotations;
}

export function createImageSets(
  { database, seeing }: SeeingServices,
  { changes, deleteImages, countAnnotations }: Parts,
): ImageSets {
  async function complete(
    principal: Principal,
    rows: readonly ImageSetRow[],
  ): Promise<(row: ImageSetRow) => ImageSetView> {
    const [first] = rows;
    const counts =
      first &&
      (await countAnnotations(
        principal,
        first.project_id,
        rows.map((row) => row.id),
      ));
    return (row) => view(row, counts?.get(row.id) ?? 0);
  }
  async function get(principal: Principal, imageSetId: number): Promise<ImageSetView> {
    const there = await seeing.visibleImages.ofSet(principal, imageSetId);
    const rows = await database.sql.query<ImageSetRow>(`${SELECT} where s.id = $2`, [
      there ? [...there] : null,
      imageSetId,
    ]);
    const [row] = rows;
    if (!row) throw new NotFoundError({ what: 'image set', id: imageSetId });
    return (await complete(principal, rows))(row);
  }

  return {
    get,
    async list(principal, projectId, { cursor, limit = 100, search, tags = [] }) {
      const after = decodeCursor(cursor, z.tuple([z.number(), z.number()]));
      const there = await seeing.visibleImages.of(principal, projectId);
      const rows = await database.sql.query<ImageSetRow>(
        `${SELECT} where s.project_id = $2
           and ($3::text is null or s.name ilike $3 or s.description ilike $3 or exists (select from unnest(s.tags) tag where tag ilike $3))
           and s.tags @> $4::text[]
           and ($5::double precision is null or (s.position, s.id) > ($5, $6::integer))
         order by s.position, s.id limit $7`,
        [
          there ? [...there] : null,
          projectId,
          search === undefined ? null : likePattern(search),
          tags,
          after?.[0] ?? null,
          after?.[1] ?? null,
          limit + 1,
        ],
      );
      return toPage(rows, limit, await complete(principal, rows), (row) => [row.position, row.id]);
    },
    async create(actor, projectId, draft) {
      const id = await changes.run(actor, async ({ em, sql, projectChanged }) => {
        const position = await nextPosition(sql, projectId);
        const set = em.create(ImageSet, {
          projectId,
          name: draft.name,
          description: draft.description ?? '',
          tags: unique(draft.tags ?? []),
          position,
        });
        await orTaken(draft.name, () => em.persist(set).flush());
        await projectChanged(projectId, 'imageSets');
        return set.id;
      });
      return get(actor.principal, id);
    },
    async update(actor, imageSetId, patch) {
      await changes.run(actor, async ({ em, projectChanged }) => {
        const set = await em.findOne(ImageSet, imageSetId);
        if (!set) throw new NotFoundError({ what: 'image set', id: imageSetId });
        if (patch.name !== undefined) set.name = patch.name;
        if (patch.description !== undefined) set.description = patch.description;
        if (patch.tags !== undefined) set.tags = unique(patch.tags);
        if (patch.position !== undefined) set.position = patch.position;
        await orTaken(set.name, () => em.flush());
        await projectChanged(set.projectId, 'imageSets');
      });
      return get(actor.principal, imageSetId);
    },
    async remove(actor, imageSetId, repeatedCount) {
      const [set] = await database.sql.query<{ name: string; project_id: number; image_count: number }>(
        `select name, project_id, (select count(*)::integer from core.image i where i.image_set_id = s.id) as image_count
         from core.image_set s where id = $1`,
        [imageSetId],
      );
      if (!set) throw new NotFoundError({ what: 'image set', id: imageSetId });
      if (set.image_count !== repeatedCount) {
        const reason = `has ${set.image_count} images, not ${repeatedCount}. Look again and repeat the right number to delete it.`;
        throw new ConflictError({ what: `Image set "${set.name}"`, reason });
      }
      const owner = { table: 'core.image_set', images: 'image_set_id = $1', id: imageSetId } as const;
      await deleteWithImages(changes, deleteImages, actor, owner, async ({ audit, projectChanged }) => {
        await projectChanged(set.project_id, 'imageSets');
        await audit({ action: 'imageSet.deleted', projectId: set.project_id, target: `imageSet:${imageSetId}` });
      });
    },
  };
}

/** $1: images that are there for the person; null: all. */
const IS_THERE = '($1::integer[] is null or i.id = any($1))';
const SELECT = `select s.id, s.project_id, s.name, s.description, s.tags, s.position, s.created_at,
    (select count(*)::integer from core.image i where i.image_set_id = s.id and ${IS_THERE}) as image_count,
    array(select i.id from core.image i where i.image_set_id = s.id and i.state = 'ready' and ${IS_THERE}
          order by i.position, i.id limit 4) as covers
  from core.image_set s`;

interface ImageSetRow {
  readonly id: number;
  readonly project_id: number;
  readonly name: string;
  readonly description: string;
  readonly tags: string[];
  readonly position: number;
  readonly created_at: Date;
  readonly image_count: number;
  readonly covers: number[];
}

function view(row: ImageSetRow, annotationCount: number): ImageSetView {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    description: row.description,
    tags: row.tags,
    position: row.position,
    imageCount: row.image_count,
    annotationCount,
    coverImageIds: row.covers,
    createdAt: row.created_at.toISOString(),
  };
}

/** Behind the last one. The lock lets two that are made at once have different places. */
async function nextPosition(sql: Sql, projectId: number): Promise<number> {
  await sql.query('select id from core.project where id = $1 for update', [projectId]);
  const [row] = await sql.query<{ next: number }>(
    'select coalesce(max(position), 0) + 1 as next from core.image_set where project_id = $1',
    [projectId],
  );
  return row?.next ?? 1;
}

function unique(tags: readonly string[]): string[] {
  return [...new Set(tags)];
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict(
    { image_set_name: { what: `Image set "${name}"`, reason: 'is already there in this project. Take another name.' } },
    work,
  );
}
