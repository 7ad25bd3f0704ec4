import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal, StoredTileLocation } from '@exact/sdk/server';
import type { HookCallers } from '../kernel/hook-caller.ts';
import type { PixelIndex } from './pixel-index.ts';
import { readNow, type SlideReaders } from './readers.ts';

export interface TileRouteParts {
  /** The signed-in person, when that is known without asking the database. */
  readonly authenticateCached: (req: IncomingMessage) => Principal | undefined;
  /** Whether they may read the image; nothing when that is not known yet. */
  readonly mayReadImageCached: (principal: Principal, imageId: number) => boolean | undefined;
  readonly index: PixelIndex;
  readonly readers: SlideReaders;
  readonly hooks: HookCallers;
}

const PREFIX = '/api/v2/images/';
const TILES = '/tiles/';
const SLASH = 47;
const ZERO = 48;
/** A read from memory takes 10 µs; one that takes this long came from the disk. */
const SLOW_READ_MS = 3;

/** Numbers of the address, filled by {@link parse}: one object for all requests, since parsing and use never interleave. */
const asked = { imageId: 0, level: 0, col: 0, row: 0, hasVersion: false };

/**
 * Answers requests for stored JPEG tiles before the framework, when all that is needed is in memory: session, right, image,
 * open slide, and the place of the tile is known to have been read before. One read into one buffer, no decoding, no await.
 *
 * @returns false when it did not answer: the ordinary operation does then, with the same result
 */
export function createTileRoute({
  authenticateCached,
  mayReadImageCached,
  index,
  readers,
  hooks,
}: TileRouteParts): (req: IncomingMessage, res: ServerResponse) => boolean {
  return (req, res) => {
    if (req.method !== 'GET' || req.url === undefined || !parse(req.url)) return false;
    const { imageId, level, col, row, hasVersion } = asked;
    const pixels = index.peek(imageId);
    if (pixels === undefined || pixels.state !== 'ready') return false;
    const principal = authenticateCached(req);
    if (principal === undefined || mayReadImageCached(principal, imageId) !== true) return false;
    if (hooks.tiles.source.isUsed(pixels.projectId) || hooks.tiles.transform.isUsed(pixels.projectId)) return false;
    const slide = readers.peek(pixels.key);
    if (slide?.fd === undefined || slide.reader.jpegTileLocation === undefined) return false;

    const etag = `"${pixels.contentVersion}-${level}-${col}-${row}"`;
    const cacheControl = hasVersion ? 'private, max-age=31536000, immutable' : 'private, no-cache';
    const place = locate(slide.reader, level, col, row);
    if (place === undefined) return false;
    const known = req.headers['if-none-match'];
    if (known !== undefined && (known === etag || known === '*' || known.includes(etag))) {
      res.writeHead(304, ['ETag', etag, 'Cache-Control', cacheControl]);
      res.end();
      return true;
    }
    if (!slide.warm.isWarm(place.offset, place.length)) return false;

    const { prefix, skip, offset, length } = place;
    const start = prefix.length - skip;
    const buffer = Buffer.allocUnsafe(start + length);
    const before = performance.now();
    const read = readNow(slide.fd, buffer, start, length, offset);
    if (performance.now() - before > SLOW_READ_MS) slide.warm.forget();
    // A cut or damaged tile gets its sentence from the ordinary operation.
    if (read !== length || buffer[start] !== 0xff || buffer[start + 1] !== 0xd8 || buffer[start + skip] !== 0xff)
      return false;
    buffer.set(prefix, 0);
    res.writeHead(200, [
      'Content-Type', 'image/jpeg',
      'Content-Length', String(buffer.length),
      'ETag', etag,
      'Cache-Control', cacheControl,
      'X-Content-Type-Options', 'nosniff',
    ]); // prettier-ignore
    res.end(buffer);
    return true;
  };
}

function locate(
  reader: { jpegTileLocation?(level: number, col: number, row: number): StoredTileLocation | undefined },
  level: number,
  col: number,
  row: number,
): StoredTileLocation | undefined {
  try {
    return reader.jpegTileLocation?.(level, col, row);
  } catch {
    return undefined; // no such tile, or a damaged table: told by the ordinary operation
  }
}

/** `/api/v2/images/<id>/tiles/<level>/<col>/<row>[?v=<version>]`, read by hand: no URL object, no expression. */
function parse(url: string): boolean {
  if (!url.startsWith(PREFIX)) return false;
  let at = PREFIX.length;
  const end = url.length;
  const number = (): number => {
    const begin = at;
    let value = 0;
    while (at < end) {
      const digit = url.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    return at === begin || at - begin > 9 ? -1 : value;
  };
  asked.imageId = number();
  if (asked.imageId < 0 || !url.startsWith(TILES, at)) return false;
  at += TILES.length;
  asked.level = number();
  if (asked.level < 0 || url.charCodeAt(at++) !== SLASH) return false;
  asked.col = number();
  if (asked.col < 0 || url.charCodeAt(at++) !== SLASH) return false;
  asked.row = number();
  if (asked.row < 0) return false;
  asked.hasVersion = false;
  if (at === end) return true;
  // Anything else than a version alone (planes) takes the ordinary way.
  if (!url.startsWith('?v=', at) || url.indexOf('&', at) >= 0) return false;
  asked.hasVersion = at + 3 < end;
  return true;
}
