import { randomUUID } from 'node:crypto';
import {
  type Image,
  ImageNotReadyError,
  NotFoundError,
  TileOutOfRangeError,
  TileUnreadableError,
} from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { EncodedTile, Plane, RawTile } from '@exact/sdk/server';
import type { WarmProcesses } from '../jobs/processes.ts';
import type { Services } from '../services.ts';
import type { DecodeInput, PixelsInput } from './decoding/decode-task.ts';
import type { DiskCache } from './disk-cache.ts';
import type { ImagePixels, PixelIndex } from './pixel-index.ts';
import { type OpenSlide, type SlideReaders, SlideUnreadable } from './readers.ts';

export const FIRST_PLANE: Plane = Object.freeze({ z: 0, t: 0, c: 0 });

export interface Tiles {
  /**
   * One tile as a browser shows it: as stored where possible, otherwise decoded in another process and kept on the disk.
   * White where the file stores nothing.
   *
   * @throws NotFoundError, ImageNotReadyError, TileOutOfRangeError, TileUnreadableError
   */
  tile(
    imageId: number,
    level: number,
    col: number,
    row: number,
    plane?: Plane,
    signal?: AbortSignal,
  ): Promise<EncodedTile>;
  /** Strong: changes when and only when the bytes may. */
  etag(pixels: ImagePixels, level: number, col: number, row: number, plane?: Plane): string;
  /** @throws NotFoundError, ImageNotReadyError */
  pixels(imageId: number): Promise<ImagePixels>;
  /** Runs a task in a decoder process. */
  decode(input: DecodeInput, signal?: AbortSignal): Promise<EncodedTile>;
  /** 8 bit RGB, row by row, of many tiles. */
  decodePixels(input: PixelsInput, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface TilesParts {
  readonly index: PixelIndex;
  readonly readers: SlideReaders;
  readonly decoders: WarmProcesses;
  readonly cache: DiskCache;
  /** The whole description of an image; only asked where a plugin makes tiles. */
  readonly imageOf: (imageId: number) => Promise<Image>;
}

export function createTiles(services: Services, { index, readers, decoders, cache, imageOf }: TilesParts): Tiles {
  const { hooks, log } = services;
  const decoding = new Map<string, Promise<EncodedTile>>();
  const blanks = new Map<string, Promise<EncodedTile>>();

  const contextOf = (projectId: number, signal: AbortSignal = AbortSignal.timeout(30_000)): HookContext => ({
    projectId,
    requestId: randomUUID(),
    signal,
    log,
  });
  const decode = (input: DecodeInput, signal?: AbortSignal): Promise<EncodedTile> =>
    decoders.run<EncodedTile>(input, signal);

  async function pixels(imageId: number): Promise<ImagePixels> {
    const found = await index.get(imageId);
    if (!found) throw new NotFoundError({ what: 'image', id: imageId });
    if (found.state !== 'ready') throw new ImageNotReadyError({ id: imageId, state: found.state });
    return found;
  }

  function blank(width: number, height: number): Promise<EncodedTile> {
    const key = `${width}x${height}`;
    let made = blanks.get(key);
    if (!made) {
      if (blanks.size > 100) blanks.clear();
      made = decode({ kind: 'blank', width, height });
      blanks.set(key, made);
      made.catch(() => blanks.delete(key));
    }
    return made;
  }

  /** Decoded once however many ask at the same time, and not again by later runs of the server. */
  function decoded(of: ImagePixels, name: string, tile: RawTile): Promise<EncodedTile> {
    const group = `${of.imageId}/${of.contentVersion}`;
    const key = `${group}/${name}`;
    let made = decoding.get(key);
    if (!made) {
      made = decode({ kind: 'tile', tile })
        .then(async (encoded) => {
          await cache.put(group, name, encoded);
          return encoded;
        })
        .finally(() => decoding.delete(key));
      decoding.set(key, made);
    }
    return made;
  }

  async function stored(
    of: ImagePixels,
    slide: OpenSlide,
    level: number,
    col: number,
    row: number,
    plane: Plane,
    signal?: AbortSignal,
  ): Promise<EncodedTile> {
    const { reader } = slide;
    const shape = reader.info.levels[level];
    const isInside =
      shape && col < Math.ceil(shape.width / shape.tileWidth) && row < Math.ceil(shape.height / shape.tileHeight);
    const { z, t, c } = reader.info.planes;
    if (!isInside || plane.z >= z || plane.t >= t || plane.c >= c)
      throw new TileOutOfRangeError({ level, x: col, y: row });
    const name = `t-${level}-${col}-${row}-${plane.z}-${plane.t}-${plane.c}`;
    const isDecoded = await reader.tile(level, col, row, plane, signal);
    if (isDecoded === undefined) return blank(shape.tileWidth, shape.tileHeight);
    if (isEncoded(isDecoded)) {
      if (plane.z + plane.t + plane.c === 0) markWarm(slide, level, col, row);
      return isDecoded;
    }
    return (await cache.get(`${of.imageId}/${of.contentVersion}`, name)) ?? decoded(of, name, isDecoded);
  }

  async function fromSource(
    of: ImagePixels,
    level: number,
    col: number,
    row: number,
    plane: Plane,
    signal?: AbortSignal,
  ): Promise<EncodedTile | undefined> {
    if (!hooks.tiles.source.isUsed(of.projectId)) return undefined;
    const source = await hooks.tiles.source.call(
      { image: await imageOf(of.imageId), plane },
      contextOf(of.projectId, signal),
    );
    const tile = await source?.tile(level, col, row, plane, signal);
    return tile === undefined || isEncoded(tile) ? tile : decode({ kind: 'tile', tile });
  }

  async function transformed(
    of: ImagePixels,
    tile: EncodedTile,
    level: number,
    col: number,
    row: number,
    plane: Plane,
    signal?: AbortSignal,
  ): Promise<EncodedTile> {
    if (!hooks.tiles.transform.isUsed(of.projectId)) return tile;
    const request = { imageId: of.imageId, level, col, row, plane };
    const changed = await hooks.tiles.transform.call({ request, ...tile }, contextOf(of.projectId, signal));
    return changed ? { bytes: changed.bytes, mediaType: changed.mediaType as EncodedTile['mediaType'] } : tile;
  }

  return {
    decode,
    decodePixels: (input, signal) => decoders.run<Uint8Array>(input, signal),
    pixels,
    etag(of, level, col, row, plane = FIRST_PLANE) {
      const planes = plane.z + plane.t + plane.c === 0 ? '' : `-${plane.z}.${plane.t}.${plane.c}`;
      const keys = hooks.tiles.transform.isUsed(of.projectId)
        ? (hooks.tiles.cacheKey.callSync([], contextOf(of.projectId)) ?? [])
        : [];
      return `"${of.contentVersion}-${level}-${col}-${row}${planes}${keys.length > 0 ? `-${Buffer.from(keys.join('\n')).toString('base64url')}` : ''}"`;
    },
    async tile(imageId, level, col, row, plane = FIRST_PLANE, signal) {
      const of = await pixels(imageId);
      try {
        const tile =
          (await fromSource(of, level, col, row, plane, signal)) ??
          (await readers.use(of.key, contextOf(of.projectId), (slide) =>
            stored(of, slide, level, col, row, plane, signal),
          ));
        return await transformed(of, tile, level, col, row, plane, signal);
      } catch (error) {
        throw asTileError(error, level, col, row);
      }
    },
  };
}

/** What the thread pool has just read can be read at once next time, see {@link OpenSlide.warm}. */
function markWarm({ reader, warm }: OpenSlide, level: number, col: number, row: number): void {
  const place = reader.jpegTileLocation?.(level, col, row);
  if (place) warm.mark(place.offset, place.length);
}

export function isEncoded(tile: EncodedTile | RawTile): tile is EncodedTile {
  return 'mediaType' in tile;
}

/** Errors of readers and decoders carry a code and a sentence for people; anything else is a fault of ours and passes. */
function asTileError(error: unknown, level: number, x: number, y: number): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const { code, status } = error as { code?: unknown; status?: unknown };
  if (code === 'TILE_OUT_OF_RANGE') return new TileOutOfRangeError({ level, x, y });
  const isOfReader =
    error instanceof SlideUnreadable ||
    error.name === 'TiffError' ||
    error.name === 'TaskFailedError' ||
    error.name === 'SlideError' ||
    (status === 422 && String(code).startsWith('TASK_'));
  return isOfReader ? new TileUnreadableError({ reason: error.message }, { cause: error }) : error;
}
