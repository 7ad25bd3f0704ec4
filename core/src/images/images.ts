import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConflictError, type Image, InvalidRequestError, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import type { SeeingServices } from '../auth/seeing.ts';
import type { DiskCache } from '../slides/disk-cache.ts';
import type { PixelIndex } from '../slides/pixel-index.ts';
import { mediaKeysOfImages } from '../media/kept-files.ts';
import { asDiskError } from '../storage/disk-errors.ts';
import { type ImageRow, mayReadPrivateName, SELECT_IMAGES, toImage, type Viewer } from './image-rows.ts';
import { importImage, type ImportParts, infoColumns } from './import-image.ts';
import { listImages, type ListQuery } from './list-images.ts';
import { probeFile } from './probe.ts';

export interface ImageChanges {
  readonly publicName?: string | undefined;
  readonly privateName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly position?: number | undefined;
  readonly mppX?: number | null | undefined;
  readonly mppY?: number | null | undefined;
}

/** Counts annotations as the given person may see them: blind readers count their own only. */
export type CountAnnotations = (
  principal: Principal,
  where: { readonly imageSetId: number; readonly imageIds: readonly number[] },
) => Promise<readonly { readonly id: number; readonly count: number }[]>;

export interface ImagesParts extends ImportParts {
  readonly index: PixelIndex;
  readonly cache: DiskCache;
  readonly countAnnotations: CountAnnotations;
}

/** Rights are checked before: ids that reach this have been resolved through the caller's own projects. */
export interface ImageService {
  list(viewer: Viewer, imageSetId: number, query: ListQuery): Promise<{ items: Image[]; next?: string }>;
  get(viewer: Viewer, imageId: number): Promise<Image>;
  /** For hooks, which see what is in the row and nothing of a person. */
  describe(imageId: number): Promise<Image>;
  update(viewer: Viewer, imageId: number, changes: ImageChanges): Promise<Image>;
  remove(viewer: Viewer, imageSetId: number, imageIds: readonly number[], requestId?: string): Promise<number>;
  retry(viewer: Viewer, imageId: number): Promise<Image>;
  /** Takes a file from memory or disk into a set, as an upload does. */
  add(
    principal: Principal,
    imageSetId: number,
    file: { readonly name: string; readonly source: AsyncIterable<Uint8Array> },
  ): Promise<Image>;
}

export function createImages(services: SeeingServices, parts: ImagesParts): ImageService {
  const { database, hooks, outbox, log, seeing } = services;
  const { storage, readers, jobs, index, cache, countAnnotations } = parts;

  async function rowOf(imageId: number): Promise<ImageRow> {
    const [row] = await database.sql.query<ImageRow>(`${SELECT_IMAGES} where i.id = $1`, [imageId]);
    if (!row) throw new NotFoundError({ what: 'image', id: imageId });
    return row;
  }

  async function show(viewer: Viewer, rows: readonly ImageRow[]): Promise<Image[]> {
    const [first] = rows;
    if (!first) return [];
    const counts = await countAnnotations(viewer.principal, {
      imageSetId: first.image_set_id,
      imageIds: rows.map(({ id }) => id),
    });
    const byImage = new Map(counts.map(({ id, count }) => [id, count]));
    const withPrivateName = mayReadPrivateName(viewer);
    return rows.map((row) => toImage(row, { withPrivateName, annotationCount: byImage.get(row.id) ?? 0 }));
  }

  async function get(viewer: Viewer, imageId: number): Promise<Image> {
    const [image] = await show(viewer, [await rowOf(imageId)]);
    if (!image) throw new NotFoundError({ what: 'image', id: imageId });
    return image;
  }

  const contextOf = (projectId: number, principal?: Principal, requestId: string = randomUUID()): HookContext => ({
    requestId,
    signal: AbortSignal.timeout(60_000),
    log,
    projectId,
    ...(principal ? { principal } : {}),
  });

  // An image whose conversion failed or was cancelled says so itself, in the transaction that ends the job.
  jobs.onSettled(async (job, sql) => {
    if (job.imageId === null || job.state === 'done') return;
    const problem = job.problem ?? {
      code: 'CANCELLED',
      message: 'The preparation for viewing was cancelled. Try again, or delete the image.',
    };
    const changed = await sql.query<{ imageSetId: number }>(
      `update core.image set state = 'failed', problem_code = $2, problem_message = $3 where id = $1 and state = 'converting' returning image_set_id as "imageSetId"`,
      [job.imageId, problem.code, problem.message],
    );
    for (const { imageSetId } of changed)
      await outbox.append(sql, {
        topic: 'images.changed',
        projectId: job.projectId ?? 0,
        imageSetId,
        imageIds: [job.imageId],
      });
    index.forget([job.imageId]);
  });

  return {
    get,
    async list(viewer, imageSetId, query) {
      const there = await seeing.visibleImages.ofSet(viewer.principal, imageSetId);
      const { rows, next } = await listImages(database.sql, imageSetId, query, mayReadPrivateName(viewer), there);
      return { items: await show(viewer, rows), ...(next === undefined ? {} : { next }) };
    },
    async describe(imageId) {
      return toImage(await rowOf(imageId), { withPrivateName: false, annotationCount: 0 });
    },
    async update(viewer, imageId, changes) {
      const columns: [string, unknown][] = [];
      if (changes.publicName !== undefined) columns.push(['public_name', changes.publicName]);
      if (changes.privateName !== undefined) columns.push(['private_name', changes.privateName]);
      if (changes.tags !== undefined) columns.push(['tags', [...new Set(changes.tags)]]);
      if (changes.position !== undefined) columns.push(['position', changes.position]);
      if (changes.mppX !== undefined) columns.push(['mpp_x', changes.mppX]);
      if (changes.mppY !== undefined) columns.push(['mpp_y', changes.mppY]);
      if (columns.length === 0)
        throw new InvalidRequestError({ fields: [{ path: 'body', message: 'names nothing to change' }] });
      const row = await rowOf(imageId);
      if (row.axes !== null && ((changes.mppX ?? null) !== null || (changes.mppY ?? null) !== null))
        throw new InvalidRequestError({
          fields: [
            {
              path: changes.mppX == null ? 'mppY' : 'mppX',
              message: `cannot be set: the axes of this image are ${row.axes.x.unit} and ${row.axes.y.unit}, no lengths`,
            },
          ],
        });
      await database
        .transaction(async ({ sql }) => {
          await sql.query(
            `update core.image set ${columns.map(([column], i) => `${column} = $${i + 2}`).join(', ')} where id = $1`,
            [imageId, ...columns.map(([, value]) => value)],
          );
          await outbox.append(sql, {
            topic: 'images.changed',
            projectId: row.project_id,
            imageSetId: row.image_set_id,
            imageIds: [imageId],
          });
        })
        .catch((error: unknown) => {
          if (isUniqueViolation(error))
            throw new ConflictError(
              { what: `The name "${changes.publicName}"`, reason: 'another image has it; public names are unique' },
              { cause: error },
            );
          throw error;
        });
      outbox.wake();
      return get(viewer, imageId);
    },
    async remove(viewer, imageSetId, imageIds, requestId) {
      const rows = await database.sql.query<ImageRow>(`${SELECT_IMAGES} where i.image_set_id = $1 and i.id = any($2)`, [
        imageSetId,
        imageIds,
      ]);
      const [first] = rows;
      if (!first) return 0;
      const context = contextOf(first.project_id, viewer.principal, requestId);
      const images = rows.map((row) => toImage(row, { withPrivateName: false, annotationCount: 0 }));
      const objects = rows.flatMap((row) =>
        [...new Set([row.original_key, row.pixel_key ?? row.original_key])].map((key) => ({
          key,
          sizeBytes: Number(row.size_bytes),
        })),
      );
      await hooks.images.beforeDelete.call(images, context);
      await hooks.storage.beforeDelete.call(objects, context);
      const ids = rows.map(({ id }) => id);
      const mediaKeys = await mediaKeysOfImages(database.sql, ids);
      await database.transaction(async ({ sql }) => {
        await sql.query('delete from core.image where id = any($1)', [ids]);
        await outbox.append(sql, { topic: 'images.changed', projectId: first.project_id, imageSetId, imageIds: ids });
      });
      outbox.wake();
      index.forget(ids);
      // After the commit: a file that stays when we die now has no row and is swept.
      for (const key of [...objects.map((object) => object.key), ...mediaKeys]) {
        readers.forget(key);
        await storage
          .delete(key)
          .catch((error: Error) => log.warn({ err: error.message }, 'a file of a deleted image is left to the sweep'));
      }
      for (const id of ids) await cache.drop(id);
      await hooks.storage.afterDelete.call(objects, context);
      await hooks.images.afterDelete.call(images, context);
      return ids.length;
    },
    async retry(viewer, imageId) {
      const row = await rowOf(imageId);
      if (row.state !== 'failed')
        throw new ConflictError({
          what: row.public_name,
          reason: `it is ${row.state}; only failed images can be tried again`,
        });
      const path = storage.path(row.original_key);
      const context = contextOf(row.project_id, viewer.principal);
      const verdict = await probeFile(
        { hooks, readers },
        { path, name: row.private_name, sizeBytes: Number(row.size_bytes) },
        context,
      );
      if (verdict.action === 'convert') await jobs.prepare(verdict.job);
      await database.transaction(async ({ sql }) => {
        if (verdict.action === 'ready') {
          await sql.query(
            `update core.image set state = 'ready', problem_code = null, problem_message = null, pixel_key = original_key, width = $2, height = $3, levels = $4,
                    mpp_x = case when $10::jsonb is null then coalesce(mpp_x, $5::float8) end, mpp_y = case when $10::jsonb is null then coalesce(mpp_y, $6::float8) end,
                    objective = $7, planes = $8, vendor = $9, axes = $10 where id = $1`,
            [imageId, ...infoColumns(verdict.slide.reader.info)],
          );
        } else if (verdict.action === 'convert') {
          await sql.query(
            `update core.image set state = 'converting', problem_code = null, problem_message = null where id = $1`,
            [imageId],
          );
          await jobs.enqueue(
            {
              kind: verdict.job,
              title: `Prepare ${row.public_name} for viewing`,
              projectId: row.project_id,
              imageId,
              createdBy: viewer.principal.userId,
              input: { imageId },
            },
            sql,
          );
        } else {
          await sql.query('update core.image set problem_code = $2, problem_message = $3 where id = $1', [
            imageId,
            verdict.code,
            verdict.message,
          ]);
        }
        await outbox.append(sql, {
          topic: 'images.changed',
          projectId: row.project_id,
          imageSetId: row.image_set_id,
          imageIds: [imageId],
        });
      });
      outbox.wake();
      index.forget([imageId]);
      if (verdict.action === 'ready') readers.keep(row.original_key, verdict.slide);
      if (verdict.action === 'convert') jobs.wake(verdict.job);
      return get(viewer, imageId);
    },
    async add(principal, imageSetId, { name, source }) {
      const [set] = await database.sql.query<{ projectId: number }>(
        'select project_id as "projectId" from core.image_set where id = $1',
        [imageSetId],
      );
      if (!set) throw new NotFoundError({ what: 'image set', id: imageSetId });
      const path = await storage.scratch('.import');
      const hash = createHash('sha256');
      let sizeBytes = 0;
      try {
        await pipeline(
          Readable.from(source),
          async function* (chunks: AsyncIterable<Uint8Array>) {
            for await (const chunk of chunks) {
              hash.update(chunk);
              sizeBytes += chunk.length;
              yield chunk;
            }
          },
          createWriteStream(path, { flags: 'wx' }),
        );
        const { image } = await importImage(
          services,
          parts,
          principal,
          { imageSetId, projectId: set.projectId },
          { path, name, sizeBytes, sha256: hash.digest() },
        );
        return image;
      } catch (error) {
        await rm(path, { force: true });
        throw asDiskError(error);
      }
    },
  };
}

function isUniqueViolation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ((cause as { code?: unknown }).code === '23505') return true;
  return false;
}
