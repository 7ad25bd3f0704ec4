import { TiffError } from './error.ts';
import { checkChunkLength } from './image.ts';
import type { ChunkRanges, TiffImage } from './image.ts';
import { ADOBE_RGB, concatBytes, isAdobe, isJpegPicture, MARKER, readJpegHeader } from './jpeg-segments.ts';
import { PHOTOMETRIC, TAG } from './tags.ts';

/**
 * Where a tile stands and what makes it a JPEG file of its own: `prefix`, then the stored bytes without the first `skip`.
 * A server reads straight into one buffer: `length` bytes of the file at `offset`, to position `prefix.length - skip`,
 * then writes `prefix` to position 0, which covers the skipped bytes.
 */
export interface JpegTileLocation {
  readonly offset: number;
  readonly length: number;
  readonly prefix: Uint8Array;
  /** At most `prefix.length`. */
  readonly skip: number;
}

const SOI = Uint8Array.of(0xff, MARKER.soi);
/** Enough for the header of any tile that brings its own tables. */
const PROBE_BYTES = 4096;

/** Stored JPEG tiles (or strips) of one image, given out without decoding. */
export class JpegTiles {
  readonly #image: TiffImage;
  readonly #ranges: ChunkRanges;
  readonly #prefix: Uint8Array;
  readonly #skip: number;

  private constructor(image: TiffImage, ranges: ChunkRanges, prefix: Uint8Array, skip: number) {
    this.#image = image;
    this.#ranges = ranges;
    this.#prefix = prefix;
    this.#skip = skip;
  }

  /**
   * Reads the tables and looks at the first stored tile, once an image.
   *
   * @throws TiffError `TRUNCATED_FILE`, `BAD_DIRECTORY`, `UNREADABLE_TILE` (JPEG tables that are none)
   */
  static async of(image: TiffImage): Promise<JpegTiles> {
    const ranges = await image.checkedRanges();
    const tables = await loadTables(image);
    let prefix = concatBytes([SOI, tables.bytes]);
    let skip = 2;
    if (image.photometric === PHOTOMETRIC.rgb && image.samplesPerPixel === 3 && !image.isPlanar) {
      const first = await probe(image, ranges);
      if (!tables.hasAdobe && !first.hasAdobe) prefix = concatBytes([SOI, ADOBE_RGB, tables.bytes]);
      // JFIF means YCbCr and wins over Adobe's marker in libjpeg, so it has to go where the samples are RGB.
      skip += first.jfifBytes;
    }
    // The pattern of reading over the prefix (see JpegTileLocation) needs room for what is skipped.
    return prefix.length >= skip
      ? new JpegTiles(image, ranges, prefix, skip)
      : new JpegTiles(image, ranges, padded(prefix, skip), skip);
  }

  /**
   * Tells where a tile stands. Synchronous: no read, no allocation but the answer.
   *
   * @returns nothing where the file stores nothing
   * @throws TiffError `TILE_OUT_OF_RANGE`, `IMAGE_TOO_LARGE`
   */
  location(col: number, row: number, sample = 0): JpegTileLocation | undefined {
    const index = this.#image.chunkIndex(col, row, sample);
    const length = checkChunkLength(this.#ranges.lengths[index] ?? 0);
    if (length === 0) return undefined;
    return { offset: this.#ranges.offsets[index] ?? 0, length, prefix: this.#prefix, skip: this.#skip };
  }

  /**
   * Reads a tile as a JPEG file. One copy.
   *
   * @throws TiffError `UNREADABLE_TILE` when the stored bytes are no JPEG, `TILE_OUT_OF_RANGE`, `TRUNCATED_FILE`
   */
  async read(col: number, row: number, signal?: AbortSignal, sample = 0): Promise<Uint8Array | undefined> {
    const location = this.location(col, row, sample);
    if (location === undefined) return undefined;
    const { source } = this.#image.directory.context;
    const stored = await source.bytes(location.offset, location.length, 'image data', signal);
    const { prefix, skip } = location;
    if (!isJpegPicture(stored) || stored[skip] !== 0xff) {
      throw new TiffError(
        'UNREADABLE_TILE',
        `Tile ${col},${row} of the ${this.#image.width} × ${this.#image.height} level is damaged: it is not a JPEG picture.`,
      );
    }
    const out = new Uint8Array(prefix.length + stored.length - skip);
    out.set(stored, prefix.length - skip);
    out.set(prefix);
    return out;
  }
}

async function loadTables(image: TiffImage): Promise<{ bytes: Uint8Array; hasAdobe: boolean }> {
  const tables = await image.directory.load(TAG.jpegTables, 65536);
  if (!(tables instanceof Uint8Array) || tables.length < 4) return { bytes: new Uint8Array(0), hasAdobe: false };
  const { segments } = readJpegHeader(tables);
  return {
    bytes: concatBytes(segments.map(({ start, end }) => tables.subarray(start, end))),
    hasAdobe: segments.some((segment) => isAdobe(tables, segment)),
  };
}

async function probe(
  image: TiffImage,
  { offsets, lengths }: ChunkRanges,
): Promise<{ hasAdobe: boolean; jfifBytes: number }> {
  const index = lengths.findIndex((length) => length > 0);
  if (index < 0) return { hasAdobe: false, jfifBytes: 0 };
  const length = Math.min(lengths[index] ?? 0, PROBE_BYTES);
  const bytes = await image.directory.context.source.bytes(offsets[index] ?? 0, length, 'image data');
  try {
    const { segments } = readJpegHeader(bytes);
    const [first] = segments;
    return {
      hasAdobe: segments.some((segment) => isAdobe(bytes, segment)),
      jfifBytes: first?.marker === MARKER.app0 ? first.end - first.start : 0,
    };
  } catch (error) {
    // A damaged tile is told when it is asked for; it must not keep the others from being seen.
    if (error instanceof TiffError) return { hasAdobe: false, jfifBytes: 0 };
    throw error;
  }
}

/** Makes a prefix longer by an empty comment: the same picture, with room for what is skipped. */
function padded(prefix: Uint8Array, length: number): Uint8Array {
  const fill = Math.max(0, length - prefix.length - 4);
  const comment = new Uint8Array(4 + fill);
  comment.set([0xff, MARKER.com, (fill + 2) >> 8, (fill + 2) & 0xff]);
  return concatBytes([prefix, comment]);
}
