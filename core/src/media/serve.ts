import { open } from 'node:fs/promises';
import { NotFoundError } from '@exact/sdk/contract';
import type { Context, Middleware } from 'koa';
import type { Services } from '../services.ts';
import { type FolderStorage, isMissing } from '../storage/folder-driver.ts';
import { parseRange } from './byte-range.ts';
import { inlineAs } from './file-name.ts';
import { MEDIA_PATH, type MediaLinks } from './links.ts';

interface Served {
  readonly key: string;
  readonly type: string;
  readonly name: string;
  readonly etag: string;
}

/**
 * Serves files of annotations under signed addresses: no cookie is read or set, and no session is asked for. Whatever the bytes are, a
 * browser that opens them alone runs nothing of them: exact type, no sniffing, sandbox, nothing loaded.
 */
export function serveMedia(
  { database }: Pick<Services, 'database'>,
  storage: FolderStorage,
  links: MediaLinks,
): Middleware {
  async function find(path: string): Promise<(Served & { readonly expiresAt: number }) | undefined> {
    const address = links.read(path);
    if (!address) return undefined;
    const columns =
      address.variant === 'file'
        ? 'm.storage_key as key, m.media_type as type, m.name'
        : `m.preview_key as key, 'image/webp' as type, m.name || '.webp' as name`;
    const [row] = await database.sql.query<{ key: string | null; type: string; name: string; hash: string }>(
      `select ${columns}, encode(m.sha256, 'hex') as hash from core.media m join core.annotation a on a.id = m.annotation_id
       where a.uuid = $1 and m.uuid = $2`,
      [address.annotationUuid, address.uuid],
    );
    if (!row || row.key === null) return undefined;
    const suffix = address.variant === 'file' ? '' : '-preview';
    return {
      key: row.key,
      type: row.type,
      name: row.name,
      etag: `"${row.hash}${suffix}"`,
      expiresAt: address.expiresAt,
    };
  }

  return async (ctx, next) => {
    if (!ctx.path.startsWith(MEDIA_PATH) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const found = await find(ctx.path);
    if (!found) throw new NotFoundError({ what: 'media file' });
    const maxAgeS = Math.max(0, Math.floor((found.expiresAt - Date.now()) / 1000));
    ctx.set({
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'content-disposition': inlineAs(found.name),
      'cache-control': `private, max-age=${maxAgeS}, immutable`,
      'accept-ranges': 'bytes',
      etag: found.etag,
    });
    await send(ctx, found, storage.path(found.key));
  };
}

async function send(ctx: Context, { type, etag }: Served, path: string): Promise<void> {
  const known = ctx.get('if-none-match');
  if (known === '*' || known.split(/\s*,\s*/).some((tag) => tag.replace(/^W\//, '') === etag)) {
    ctx.status = 304;
    return;
  }
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? new NotFoundError({ what: 'media file' }) : error;
  });
  let isHandedOn = false;
  try {
    const { size } = await file.stat();
    // An `if-range` that names other bytes, or a date (none was given out), asks for everything. Ranges are for GET only.
    const isSame = ctx.get('if-range') === '' || ctx.get('if-range') === etag;
    const range = ctx.method === 'GET' && isSame ? parseRange(ctx.get('range') || undefined, size) : undefined;
    if (range === 'unsatisfiable') {
      ctx.status = 416;
      ctx.body = '';
      ctx.set('content-range', `bytes */${size}`);
      ctx.remove('content-disposition');
      ctx.set('cache-control', 'no-store');
      return;
    }
    const { first, last } = range ?? { first: 0, last: size - 1 };
    ctx.status = range ? 206 : 200;
    if (range) ctx.set('content-range', `bytes ${first}-${last}/${size}`);
    if (ctx.method === 'GET') {
      ctx.body = file.createReadStream({ start: first, end: last });
      isHandedOn = true; // the stream closes the file, also when the browser goes away
    }
    ctx.set('content-type', type);
    ctx.set('content-length', String(last - first + 1));
  } finally {
    if (!isHandedOn) await file.close();
  }
}
