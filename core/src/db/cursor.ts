import { InvalidRequestError } from '@exact/sdk/contract';
import type { z } from 'zod';

/** Writes where a page ended: the sort values of its last row. Opaque to clients. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * Reads a cursor back.
 *
 * @throws {@link InvalidRequestError} for one that this list has not made
 */
export function decodeCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new InvalidRequestError(
      { fields: [{ path: 'query.cursor', message: 'is not a cursor of this list; leave it out to begin anew' }] },
      { cause },
    );
  }
}

/** Cuts the one row that was read too many, which says whether there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
  keys: (row: Row) => readonly (string | number)[],
): { items: Item[]; next?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? { next: encodeCursor(keys(last)) } : {};
  return { items: shown.map(view), ...next };
}

/** Makes text match itself inside `like … escape '\'`. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
