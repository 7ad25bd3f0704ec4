import { InvalidRequestError } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { type ImageRow, SELECT_IMAGES } from './image-rows.ts';

export interface ListQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly search?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly state?: ImageRow['state'] | undefined;
  readonly order?: 'position' | 'name' | 'createdAt' | undefined;
}

/** Expressions and their types; the cursor holds the value as text, so that nothing of it is lost on the way. */
const ORDERS = {
  position: ['i.position', 'double precision'],
  name: ['lower(i.public_name)', 'text'],
  createdAt: ['i.created_at', 'timestamptz'],
} as const;

/**
 * One page of a set by keyset: as fast at the end as at the start, and no image is shown twice while others come and go.
 *
 * @param there - images that are there for the person; all when not given
 */
export async function listImages(
  sql: Sql,
  imageSetId: number,
  query: ListQuery,
  searchPrivateNames: boolean,
  there: ReadonlySet<number> | undefined,
): Promise<{ rows: ImageRow[]; next?: string }> {
  const [order, type] = ORDERS[query.order ?? 'position'];
  const limit = query.limit ?? 100;
  const [value, id] = query.cursor === undefined ? [null, null] : readCursor(query.cursor);
  const pattern =
    query.search === undefined || query.search.trim() === ''
      ? null
      : `%${query.search.trim().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const rows = await sql
    .query<ImageRow & { cursor: string }>(
      `${SELECT_IMAGES.replace('select i.*', `select (${order})::text as cursor, i.*`)}
        where i.image_set_id = $1
          and ($2::text is null or (${order}, i.id) > ($2::${type}, $3::integer))
          and ($4::text is null or i.public_name ilike $4 or ($5 and i.private_name ilike $4) or exists (select from unnest(i.tags) tag where tag ilike $4))
          and ($6::text[] is null or i.tags @> $6::text[])
          and ($7::text is null or i.state = $7)
          and ($9::integer[] is null or i.id = any($9))
        order by ${order}, i.id limit $8`,
      [
        imageSetId,
        value,
        id,
        pattern,
        searchPrivateNames,
        query.tags ?? null,
        query.state ?? null,
        limit + 1,
        there ? [...there] : null,
      ],
    )
    .catch((error: unknown) => {
      if (query.cursor !== undefined && String((error as { code?: unknown }).code).startsWith('22')) throw badCursor(); // a value of another order
      throw error;
    });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    ...(rows.length > limit && last
      ? { next: Buffer.from(JSON.stringify([last.cursor, last.id])).toString('base64url') }
      : {}),
  };
}

function readCursor(cursor: string): readonly [string, number] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && !value[0].includes('\0'))
      return [value[0], value[1] as number];
  } catch {
    // not JSON
  }
  throw badCursor();
}

function badCursor(): Error {
  return new InvalidRequestError({
    fields: [{ path: 'query.cursor', message: 'is not the `next` of an earlier page in this order' }],
  });
}
