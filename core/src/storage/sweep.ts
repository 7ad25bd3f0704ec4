import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { markMissingMedia, mediaKeys } from '../media/kept-files.ts';
import type { Services } from '../services.ts';
import { type FolderStorage, isMissing } from './folder-driver.ts';

const HOUR_MS = 3_600_000;

export interface SweepResult {
  /** Files without a row, removed. */
  readonly removedFiles: number;
  /** Unfinished files of processes that died, removed. */
  readonly removedDrafts: number;
  /** Images whose file is gone, marked failed. */
  readonly markedImages: readonly number[];
}

export interface SweepOptions {
  /** A file younger than this may belong to a row that is about to be written. */
  readonly graceMs?: number;
  readonly draftGraceMs?: number;
  readonly now?: number;
}

/**
 * Brings files and rows together again after crashes, both ways. Run at the start and once a day.
 *
 * Files are listed before rows are read: a file that gets its row in between is not taken for an orphan.
 */
export async function sweepStorage(
  services: Services,
  storage: FolderStorage,
  options: SweepOptions = {},
): Promise<SweepResult> {
  const { graceMs = HOUR_MS, draftGraceMs = 24 * HOUR_MS, now = Date.now() } = options;
  const old: string[] = [];
  const present = new Set<string>();
  for (const area of ['images', 'derived', 'examples', 'media']) {
    for await (const { key, modifiedAt } of storage.list(area)) {
      present.add(key);
      if (now - modifiedAt.getTime() > graceMs) old.push(key);
    }
  }
  const rows = await services.database.sql.query<{
    id: number;
    state: string;
    originalKey: string;
    pixelKey: string | null;
  }>('select id, state, original_key as "originalKey", pixel_key as "pixelKey" from core.image');
  const examples = await services.database.sql.query<{ key: string }>(
    'select example_key as key from core.template where example_key is not null',
  );
  const wanted = new Set([
    ...rows.flatMap((row) => [row.originalKey, ...(row.pixelKey === null ? [] : [row.pixelKey])]),
    ...examples.map(({ key }) => key),
    ...(await mediaKeys(services.database.sql)),
  ]);
  const orphans = old.filter((key) => !wanted.has(key));
  if (areStrangers(orphans.length, present.size)) {
    services.log.error(
      { files: present.size, withoutRow: orphans.length },
      'most files of the storage are unknown to the database: do they belong together? Nothing was removed',
    );
    return { removedFiles: 0, removedDrafts: 0, markedImages: [] };
  }
  for (const key of orphans) await storage.delete(key);
  const removedDrafts = await sweepDrafts(storage.scratchFolder, now - draftGraceMs);

  const isThere = async (key: string): Promise<boolean> => present.has(key) || exists(storage, key);
  const lostMedia = await markMissingMedia(services.database.sql, isThere, areStrangers);
  const lost: number[] = [];
  for (const row of rows) {
    const key = row.pixelKey ?? row.originalKey;
    // Listed before the rows were read: what looks missing may just be new.
    if (row.state !== 'failed' && !(await isThere(key))) lost.push(row.id);
  }
  if (areStrangers(lost.length, rows.length)) {
    services.log.error(
      { images: rows.length, withoutFile: lost.length },
      'the files of most images are missing: is the storage mounted? Nothing was marked',
    );
    return { removedFiles: orphans.length, removedDrafts, markedImages: [] };
  }
  if (lost.length > 0) await markLost(services, lost);
  if (orphans.length + removedDrafts + lost.length + lostMedia.length > 0) {
    services.log.warn(
      { removedFiles: orphans.length, removedDrafts, lostImages: lost.length, lostMedia: lostMedia.length },
      'storage and database were brought together',
    );
  }
  return { removedFiles: orphans.length, removedDrafts, markedImages: lost };
}

/** A crash leaves single files or rows over. That most have no partner means the wrong folder or the wrong database. */
const areStrangers = (alone: number, all: number): boolean => alone > 5 && alone * 2 > all;

async function markLost({ database, outbox }: Services, ids: readonly number[]): Promise<void> {
  await database.transaction(async ({ sql }) => {
    const changed = await sql.query<{ id: number; imageSetId: number; projectId: number }>(
      `update core.image i set state = 'failed', problem_code = 'FILE_MISSING',
              problem_message = 'The file of this image is no longer in the storage. Restore it from a backup, or delete the image and upload it again.'
         from core.image_set s where s.id = i.image_set_id and i.id = any($1)
       returning i.id, i.image_set_id as "imageSetId", s.project_id as "projectId"`,
      [ids],
    );
    for (const { id, imageSetId, projectId } of changed)
      await outbox.append(sql, { topic: 'images.changed', projectId, imageSetId, imageIds: [id] });
  });
  outbox.wake();
}

async function sweepDrafts(folder: string, before: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      const found = await stat(path);
      // Folders (uploads in progress) are swept by their owners.
      if (!found.isFile() || found.mtimeMs >= before) continue;
      await rm(path, { force: true });
      removed += 1;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return removed;
}

async function exists(storage: FolderStorage, key: string): Promise<boolean> {
  try {
    await storage.size(key);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
