import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { Axes, type Image, UploadRefusedError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Principal, SlideInfo, Sql } from '@exact/sdk/server';
import type { Jobs } from '../jobs/jobs.ts';
import type { Services } from '../services.ts';
import type { SlideReaders } from '../slides/readers.ts';
import type { FolderStorage } from '../storage/folder-driver.ts';
import { newKey } from '../storage/keys.ts';
import { type ImageRow, SELECT_IMAGES, toImage } from './image-rows.ts';
import { probeFile, type Verdict } from './probe.ts';
import { cleanFileName, makePublicName } from './public-name.ts';

export interface ImportParts {
  readonly storage: FolderStorage;
  readonly readers: SlideReaders;
  readonly jobs: Jobs;
}

/** A complete file on the file system of the storage; it is moved, not copied. */
export interface ImportFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
}

export interface Imported {
  readonly image: Image;
  /** An image of the same set with the same bytes, when there was one before. */
  readonly duplicateOf: number | undefined;
}

const NAME_TRIES = 20;

/**
 * Takes a complete file in: look at it, move it into the storage, write its row, event and job in one transaction. Reads a few
 * kilobytes whatever the size, so that a readable slide is ready at once.
 *
 * When anything fails the file is back where it was and no row is there.
 *
 * @throws UploadRefusedError when nobody can read it; what `storage.beforeWrite` and `images.beforeImport` throw; DiskFullError
 */
export async function importImage(
  services: Services,
  parts: ImportParts,
  principal: Principal | undefined,
  target: { readonly imageSetId: number; readonly projectId: number },
  file: ImportFile,
  requestId: string = randomUUID(),
): Promise<Imported> {
  const { hooks, database, outbox, log } = services;
  const { storage, readers, jobs } = parts;
  const { imageSetId, projectId } = target;
  const name = cleanFileName(file.name);
  const context: HookContext = {
    requestId,
    signal: AbortSignal.timeout(120_000),
    log,
    projectId,
    ...(principal ? { principal } : {}),
  };

  const verdict = await probeFile({ hooks, readers }, { path: file.path, name, sizeBytes: file.sizeBytes }, context);
  if (verdict.action === 'refuse')
    throw new UploadRefusedError({ file: name, code: verdict.code, reason: verdict.message });
  const key = newKey('images');
  let isMoved = false;
  try {
    await hooks.storage.beforeWrite.call({ key, sizeBytes: file.sizeBytes, purpose: 'image', projectId }, context);
    await storage.adopt(key, file.path);
    isMoved = true;
    if (verdict.action === 'convert') await jobs.prepare(verdict.job);
    const { row, duplicateOf } = await database.transaction(async ({ sql }) => {
      const [draft] =
        (await hooks.images.beforeImport.call(
          [
            {
              imageSetId,
              privateName: name,
              publicName: makePublicName(),
              sizeBytes: file.sizeBytes,
              sha256: file.sha256.toString('hex'),
            },
          ],
          { ...context, sql },
        )) ?? [];
      if (!draft)
        throw new UploadRefusedError({
          file: name,
          code: 'REFUSED_BY_PLUGIN',
          reason: 'a plugin has taken it out of the import.',
        });
      const [same] = await sql.query<{ id: number }>(
        'select id from core.image where sha256 = $1 and image_set_id = $2 order by id limit 1',
        [file.sha256, imageSetId],
      );
      const id = await insertImage(sql, { ...draft, key, createdBy: principal?.userId, sha256: file.sha256, verdict });
      if (verdict.action === 'convert') {
        // The title is read by all members of the project: the pseudonym, never the file name.
        const [named] = await sql.query<{ name: string }>('select public_name as name from core.image where id = $1', [
          id,
        ]);
        await jobs.enqueue(
          {
            kind: verdict.job,
            title: `Prepare ${named?.name} for viewing`,
            projectId,
            imageId: id,
            ...(principal ? { createdBy: principal.userId } : {}),
            input: { imageId: id },
          },
          sql,
        );
      }
      await outbox.append(sql, { topic: 'images.changed', projectId, imageSetId, imageIds: [id] });
      const [stored] = await sql.query<ImageRow>(`${SELECT_IMAGES} where i.id = $1`, [id]);
      if (!stored) throw new Error('the new image is not there');
      return { row: stored, duplicateOf: same?.id };
    });
    outbox.wake();
    if (verdict.action === 'ready') readers.keep(key, verdict.slide);
    else jobs.wake(verdict.job);
    const image = toImage(row, { withPrivateName: true, annotationCount: 0 });
    await hooks.storage.afterWrite.call({ key, sizeBytes: file.sizeBytes }, context);
    await hooks.images.afterImport.call([image], context);
    return { image, duplicateOf };
  } catch (error) {
    if (verdict.action === 'ready' && readers.peek(key) === undefined) await verdict.close().catch(() => undefined);
    if (isMoved && readers.peek(key) === undefined) await rename(storage.path(key), file.path).catch(() => undefined); // else the sweep takes it
    throw error;
  }
}

interface NewImage {
  readonly imageSetId: number;
  readonly publicName: string;
  readonly privateName: string;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly key: string;
  readonly createdBy: number | undefined;
  readonly verdict: Exclude<Verdict, { action: 'refuse' }>;
}

async function insertImage(sql: Sql, image: NewImage): Promise<number> {
  const { verdict } = image;
  const info = verdict.action === 'ready' ? verdict.slide.reader.info : verdict.info;
  for (let attempt = 0; attempt < NAME_TRIES; attempt++) {
    const [row] = await sql.query<{ id: number }>(
      `insert into core.image (image_set_id, public_name, private_name, state, original_key, pixel_key, size_bytes, sha256, content_version, created_by,
                               width, height, levels, mpp_x, mpp_y, objective, planes, vendor, axes, position)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
               (select coalesce(max(position), 0) + 1 from core.image where image_set_id = $1))
       on conflict (public_name) do nothing returning id`,
      [
        image.imageSetId,
        attempt === 0 ? image.publicName : makePublicName(),
        image.privateName,
        verdict.action === 'ready' ? 'ready' : 'converting',
        image.key,
        verdict.action === 'ready' ? image.key : null,
        image.sizeBytes,
        image.sha256,
        image.sha256.toString('hex').slice(0, 16),
        image.createdBy ?? null,
        ...infoColumns(verdict.action === 'ready' ? info : undefined, info),
      ],
    );
    if (row) return row.id;
  }
  throw new Error(`no free public name after ${NAME_TRIES} tries`);
}

/** Values of width, height, levels, mpp_x, mpp_y, objective, planes, vendor, axes. What the file says of its scale is kept over a conversion. */
export function infoColumns(shown: SlideInfo | undefined, scale: SlideInfo | undefined = shown): unknown[] {
  const axes = scale?.axes && Axes.parse(scale.axes);
  return [
    shown?.width ?? 0,
    shown?.height ?? 0,
    JSON.stringify(shown?.levels ?? []),
    axes ? null : (scale?.mppX ?? null),
    axes ? null : (scale?.mppY ?? null),
    scale?.objective ?? null,
    JSON.stringify(shown?.planes ?? { z: 1, t: 1, c: 1 }),
    scale?.vendor ?? '',
    axes ? JSON.stringify(axes) : null,
  ];
}
