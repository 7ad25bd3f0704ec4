import type { Sql } from '@exact/sdk/server';

/** Storage keys that annotations' files have, for the sweep of files without a row. */
export async function mediaKeys(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ key: string }>(
    'select storage_key as key from core.media union all select preview_key from core.media where preview_key is not null',
  );
  return rows.map(({ key }) => key);
}

/** Keys of the files of all annotations of some images: read before the images go, since the rows go with them. */
export async function mediaKeysOfImages(sql: Sql, imageIds: readonly number[]): Promise<string[]> {
  const rows = await sql.query<{ keys: (string | null)[] }>(
    `select array[m.storage_key, m.preview_key] as keys from core.media m
     join core.annotation a on a.id = m.annotation_id where a.image_id = any($1)`,
    [imageIds],
  );
  return rows.flatMap(({ keys }) => keys.filter((key) => key !== null));
}

/**
 * Marks rows whose file is gone, and takes the mark from those whose file is back.
 *
 * @param isThere - whether the storage holds a key
 * @returns UUIDs that were marked. Nothing is marked when most files are gone: then the storage is not mounted
 */
export async function markMissingMedia(
  sql: Sql,
  isThere: (key: string) => Promise<boolean>,
  areStrangers: (alone: number, all: number) => boolean,
): Promise<readonly string[]> {
  const rows = await sql.query<{ uuid: string; key: string; missing: boolean }>(
    'select uuid, storage_key as key, missing from core.media',
  );
  const lost: string[] = [];
  const found: string[] = [];
  for (const { uuid, key, missing } of rows) {
    const isHere = await isThere(key);
    if (!isHere) lost.push(uuid);
    else if (missing) found.push(uuid);
  }
  await sql.query('update core.media set missing = false where uuid = any($1::uuid[])', [found]);
  if (areStrangers(lost.length, rows.length)) return [];
  await sql.query('update core.media set missing = true where uuid = any($1::uuid[])', [lost]);
  return lost;
}
