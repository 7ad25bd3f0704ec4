import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal, StoredTileLocation } from '@exact/sdk/server';
import type { HookCallers } from '../kernel/hook-caller.ts';
import type { PixelIndex } from './pixel-index.ts';
import { readNow, readSoon, type SlideReaders } from './readers.ts';

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
const IMMUTABLE = 'private, max-age=31536000, immutable';
const TILES = '/tiles/';
const SLASH = 47;
const ZERO = 48;
/** A read from memory takes 10 µs; one that takes this long came from the disk. */
const SLOW_READ_MS = 3;

/** Numbers of the address, filled by {@link parse}: one object for all requests, since parsing and use never interleave. */
const asked = { imageId: 0, level: 0, col: 0, row: 0, hasVersion: false };

/**
 * Answers requests for stored JPEG tiles before the framework, when what is needed to decide is in memory: session, right, image,
 * open slide. No decoding, one read into one buffer: at once where that part of the file was read lately, else by the thread pool.
 *
 * @param otherwise - called later in place of an answer, when the tile that was read is none. Without it such tiles, and those
 *   that have to be read by the thread pool, are left to the caller at once.
 * @returns false when it does not answer: the ordinary operation does then, with the same result
 */
export type TileRoute = (req: IncomingMessage, res: ServerResponse, otherwise?: () => void) => boolean;

/** Makes the short way to tiles; see {@link TileRoute}. */
export function createTileRoute({
  authenticateCached,
  mayReadImageCached,
  index,
  readers,
  hooks,
}: TileRouteParts): TileRoute {
  return (req, res, otherwise) => {
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
    const cacheControl = hasVersion ? IMMUTABLE : 'private, no-cache';
    const place = locate(slide.reader, level, col, row);
    if (place === undefined) return false;
    const known = req.headers['if-none-match'];
    if (known !== undefined && (known === etag || known === '*' || known.includes(etag))) {
      res.writeHead(304, ['ETag', etag, 'Cache-Control', cacheControl]);
      res.end();
      return true;
    }
    const { prefix, skip, offset, length } = place;
    const start = prefix.length - skip;
    const buffer = Buffer.allocUnsafe(start + length);
    if (slide.warm.isWarm(offset, length)) {
      const before = performance.now();
      const read = readNow(slide.fd, buffer, start, length, offset);
      if (performance.now() - before > SLOW_READ_MS) slide.warm.doubt(offset, length);
      // A cut or damaged tile gets its sentence from the ordinary operation.
      if (read !== length || !isJpeg(buffer, place)) return false;
      buffer.set(prefix, 0);
      send(res, buffer, etag, cacheControl);
      return true;
    }
    const borrowed = otherwise && readers.borrow(pixels.key);
    if (!borrowed) return false;
    readSoon(slide.fd, buffer, start, length, offset, (read) => {
      borrowed.giveBack();
      if (read !== length || !isJpeg(buffer, place)) return otherwise();
      slide.warm.mark(offset, length);
      buffer.set(prefix, 0);
      send(res, buffer, etag, cacheControl);
    });
    return true;
  };
}

/** Whether the stored bytes, read to behind the prefix, begin as a tile does. Look before the prefix is written over them. */
function isJpeg(buffer: Buffer, { prefix, skip }: StoredTileLocation): boolean {
  const start = prefix.length - skip;
  return buffer[start] === 0xff && buffer[start + 1] === 0xd8 && buffer[start + skip] === 0xff;
}

function send(res: ServerResponse, bytes: Buffer, etag: string, cacheControl: string): void {
  res.writeHead(200, [
    'Content-Type', 'image/jpeg',
    'Content-Length', String(bytes.length),
    'ETag', etag,
    'Cache-Control', cacheControl,
    // A proxy of ours may keep what has its version in the address: stored bytes are the same for everybody. 0 keeps nothing.
    'X-Accel-Expires', cacheControl === IMMUTABLE ? '86400' : '0',
    'X-Content-Type-Options', 'nosniff',
  ]); // prettier-ignore
  res.end(bytes);
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
