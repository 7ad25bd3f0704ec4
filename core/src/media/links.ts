import { createHmac, timingSafeEqual } from 'node:crypto';
import { MediaLinkExpiredError } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { randomSecret } from '../auth/secrets.ts';

/** Beginning of the addresses under which files are served without cookies. */
export const MEDIA_PATH = '/media/';

/** Shortest time for which an address works, and how long the same one is given out: a cache has use of it, and a player that was stopped goes on. */
const LIFE_MS = 60 * 60_000;
const STEP_MS = 30 * 60_000;

export type MediaVariant = 'file' | 'preview';

/** A checked address. */
export interface MediaAddress {
  readonly annotationUuid: string;
  /** Of the file; unique on its annotation. */
  readonly uuid: string;
  readonly variant: MediaVariant;
  readonly expiresAt: number;
}

/**
 * Addresses of files that work by themselves: `/media/<expiry>-<HMAC-SHA-256>/<annotation>/<uuid>[/preview]`. Who may see an annotation is asked when
 * its addresses are given out; from then on they work for an hour to an hour and a half, for whoever has them.
 */
export interface MediaLinks {
  make(
    annotationUuid: string,
    uuid: string,
    now?: number,
  ): { readonly url: string; readonly previewUrl: string; readonly expiresAt: number };
  /** @returns nothing for what was not made here. @throws MediaLinkExpiredError */
  read(path: string, now?: number): MediaAddress | undefined;
}

export function createMediaLinks(secret: string): MediaLinks {
  /** @param file - UUIDs of annotation and file, with a slash between */
  const sign = (file: string, variant: MediaVariant, expires: string): string =>
    createHmac('sha256', secret).update(`media/${variant}/${file}/${expires}`).digest('base64url');
  const address = (file: string, variant: MediaVariant, expires: string): string =>
    `${MEDIA_PATH}${expires}-${sign(file, variant, expires)}/${file}${variant === 'file' ? '' : '/preview'}`;
  return {
    make(annotationUuid, uuid, now = Date.now()) {
      const file = `${annotationUuid}/${uuid}`;
      const expiresAt = Math.ceil((now + LIFE_MS) / STEP_MS) * STEP_MS;
      const expires = (expiresAt / 1000).toString(36);
      return { url: address(file, 'file', expires), previewUrl: address(file, 'preview', expires), expiresAt };
    },
    read(path, now = Date.now()) {
      const match = FORM.exec(path);
      if (!match) return undefined;
      const [, expires = '', given = '', annotationUuid = '', uuid = '', preview] = match;
      const variant = preview === undefined ? 'file' : 'preview';
      // letters are compared, not the bytes they stand for: the last one has two bits that say nothing
      const wanted = sign(`${annotationUuid}/${uuid}`, variant, expires);
      if (!timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) return undefined;
      const expiresAt = parseInt(expires, 36) * 1000;
      if (expiresAt <= now) throw new MediaLinkExpiredError({});
      return { annotationUuid, uuid, variant, expiresAt };
    },
  };
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FORM = new RegExp(`^/media/([0-9a-z]{1,8})-([\\w-]{43})/(${UUID})/(${UUID})(/preview)?$`);

const KEY = 'media.secret';

/** The secret behind the addresses: made once, the same in all processes. Deleting its row ends all addresses with the next start. */
export async function mediaSecret(sql: Sql): Promise<string> {
  await sql.query('insert into core.instance_value (key, value) values ($1, $2) on conflict (key) do nothing', [
    KEY,
    JSON.stringify(randomSecret()),
  ]);
  const [row] = await sql.query<{ value: string }>('select value from core.instance_value where key = $1', [KEY]);
  if (!row) throw new Error('The secret of media addresses is gone right after it was made.');
  return row.value;
}
