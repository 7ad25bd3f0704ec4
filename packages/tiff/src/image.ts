import type { TiffDirectory } from './directory.ts';
import { badDirectory, TiffError, truncatedFile } from './error.ts';
import { LIMITS } from './limits.ts';
import { COMPRESSION, TAG } from './tags.ts';

/** Where the tiles or strips of an image stand, in file order of the tables. A length of 0 means "nothing stored". */
export interface ChunkRanges {
  /** Bytes from the start of the file. */
  readonly offsets: Uint16Array | Uint32Array | Float64Array;
  readonly lengths: Uint16Array | Uint32Array | Float64Array;
}

/**
 * One image of a file, as a grid of tiles. A stripped image is a grid of one column, whose tiles are as wide as the image.
 * All numbers are checked against {@link LIMITS} and against each other when it is made.
 */
export class TiffImage {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly isTiled: boolean;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly cols: number;
  readonly rows: number;
  readonly compression: number;
  readonly photometric: number;
  readonly samplesPerPixel: number;
  readonly bitsPerSample: number;
  /** 1 unsigned, 2 signed, 3 float. */
  readonly sampleFormat: number;
  /** 1 none, 2 differences, 3 differences of floats. */
  readonly predictor: number;
  /** True when each sample has its own tiles. */
  readonly isPlanar: boolean;
  /** 1: most significant bit first. */
  readonly fillOrder: number;
  /** As in EXIF: 1 is upright. */
  readonly orientation: number;
  readonly isReduced: boolean;
  readonly isMask: boolean;
  #ranges: Promise<ChunkRanges> | undefined;

  /** @throws TiffError `BAD_DIRECTORY`, `IMAGE_TOO_LARGE`, `UNSUPPORTED_LAYOUT` */
  constructor(directory: TiffDirectory) {
    const get = (tag: number, otherwise: number): number => directory.number(tag) ?? otherwise;
    this.directory = directory;
    this.width = positive(get(TAG.imageWidth, 0), 'width');
    this.height = positive(get(TAG.imageLength, 0), 'height');
    if (this.width > LIMITS.side || this.height > LIMITS.side) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        `The image is ${this.width} × ${this.height} pixels; up to ${LIMITS.side} on a side are read.`,
      );
    }
    this.isTiled = directory.has(TAG.tileWidth) || directory.has(TAG.tileOffsets);
    this.tileWidth = this.isTiled ? positive(get(TAG.tileWidth, 0), 'tile width') : this.width;
    this.tileHeight = this.isTiled
      ? positive(get(TAG.tileLength, 0), 'tile height')
      : positive(Math.min(get(TAG.rowsPerStrip, this.height), this.height), 'strip height');
    if (this.isTiled && this.tileWidth * this.tileHeight > LIMITS.tilePixels) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        `The tiles of the image are ${this.tileWidth} × ${this.tileHeight} pixels; up to 4096 × 4096 are read.`,
      );
    }
    this.cols = Math.ceil(this.width / this.tileWidth);
    this.rows = Math.ceil(this.height / this.tileHeight);
    this.compression = get(TAG.compression, COMPRESSION.none);
    this.photometric = get(TAG.photometric, 1);
    const bits = directory.numbers(TAG.bitsPerSample);
    this.samplesPerPixel = positive(get(TAG.samplesPerPixel, 1), 'number of samples');
    this.bitsPerSample = positive(bits[0] ?? 1, 'bits of a sample');
    if (this.samplesPerPixel > 64 || this.bitsPerSample > 64 || bits.some((value) => value !== bits[0])) {
      throw new TiffError(
        'UNSUPPORTED_LAYOUT',
        `Images with ${this.samplesPerPixel} samples of ${bits.join(', ')} bits a pixel are not read.`,
      );
    }
    this.sampleFormat = get(TAG.sampleFormat, 1);
    this.predictor = get(TAG.predictor, 1);
    this.isPlanar = get(TAG.planarConfiguration, 1) === 2 && this.samplesPerPixel > 1;
    this.fillOrder = get(TAG.fillOrder, 1);
    const orientation = get(TAG.orientation, 1);
    this.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1; // some writers put 0
    const subfile = get(TAG.newSubfileType, 0);
    this.isReduced = (subfile & 1) !== 0;
    this.isMask = (subfile & 4) !== 0;
    if (this.chunks > LIMITS.chunks) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        `The image is cut into ${this.chunks} tiles; up to ${LIMITS.chunks} are read.`,
      );
    }
  }

  /** Number of stored tiles or strips, all samples together. */
  get chunks(): number {
    return this.cols * this.rows * (this.isPlanar ? this.samplesPerPixel : 1);
  }

  /** Rows of pixels that the tiles of a row hold: the last strip is shorter, tiles are always full. */
  storedHeight(row: number): number {
    return this.isTiled ? this.tileHeight : Math.min(this.tileHeight, this.height - row * this.tileHeight);
  }

  /**
   * Index into the tables.
   *
   * @throws TiffError `TILE_OUT_OF_RANGE`
   */
  chunkIndex(col: number, row: number, sample = 0): number {
    checkTile(this, col, row);
    return sample * this.cols * this.rows + row * this.cols + col;
  }

  /** Gives the tables, read from the file once. */
  ranges(): Promise<ChunkRanges> {
    // A failed read (storage away for a moment) must not stay for as long as the file is open.
    this.#ranges ??= this.#loadRanges().catch((error: unknown) => {
      this.#ranges = undefined;
      throw error;
    });
    return this.#ranges;
  }

  /**
   * Gives the tables and makes sure that every tile lies inside the file.
   *
   * @throws TiffError `TRUNCATED_FILE`
   */
  async checkedRanges(): Promise<ChunkRanges> {
    const ranges = await this.ranges();
    const { offsets, lengths } = ranges;
    let end = 0;
    // The typed arrays have the same length and are read in order: 4 M tiles take 10 ms.
    for (let i = 0; i < this.chunks; i++) {
      const length = lengths[i] ?? 0;
      const stop = (offsets[i] ?? 0) + length;
      if (length > 0 && stop > end) end = stop;
    }
    const { size } = this.directory.context.source;
    if (end > size) throw truncatedFile('image data', end, size);
    return ranges;
  }

  /**
   * Reads one stored tile, still compressed.
   *
   * @returns nothing where the file stores nothing
   * @throws TiffError `TILE_OUT_OF_RANGE`, `TRUNCATED_FILE`, `IMAGE_TOO_LARGE`
   */
  async readChunk(index: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const { offsets, lengths } = await this.ranges();
    const length = checkChunkLength(lengths[index] ?? 0);
    return length === 0
      ? undefined
      : this.directory.context.source.bytes(offsets[index] ?? 0, length, 'image data', signal);
  }

  async #loadRanges(): Promise<ChunkRanges> {
    const { directory, chunks } = this;
    const [offsetTag, countTag] = directory.has(TAG.tileOffsets)
      ? ([TAG.tileOffsets, TAG.tileByteCounts] as const)
      : ([TAG.stripOffsets, TAG.stripByteCounts] as const);
    // Before reading: a wrong count must not make us read megabytes. Some writers add a spare entry or two.
    if (directory.count(offsetTag) < chunks)
      throw badDirectory(`it has ${directory.count(offsetTag)} of ${chunks} tile positions`);
    directory.context.source.countChunks(chunks);
    const offsets = numeric(await directory.load(offsetTag, 8 * LIMITS.chunks));
    if (directory.count(countTag) >= chunks)
      return { offsets, lengths: numeric(await directory.load(countTag, 8 * LIMITS.chunks)) };
    return { offsets, lengths: this.#guessLengths(directory.count(countTag)) };
  }

  /** Old writers left the table of lengths out; without compression they follow from the size. */
  #guessLengths(found: number): Float64Array {
    if (found > 0 || this.compression !== COMPRESSION.none)
      throw badDirectory(`it has ${found} of ${this.chunks} tile lengths`);
    const bits = this.bitsPerSample * (this.isPlanar ? 1 : this.samplesPerPixel);
    const rowBytes = Math.ceil((this.tileWidth * bits) / 8);
    const perPlane = this.cols * this.rows;
    return Float64Array.from(
      { length: this.chunks },
      (_, i) => rowBytes * this.storedHeight(Math.floor((i % perPlane) / this.cols)),
    );
  }
}

/** @throws TiffError `TILE_OUT_OF_RANGE` when the grid has no such tile */
export function checkTile(grid: { readonly cols: number; readonly rows: number }, col: number, row: number): void {
  if (Number.isInteger(col) && Number.isInteger(row) && col >= 0 && row >= 0 && col < grid.cols && row < grid.rows)
    return;
  throw new TiffError(
    'TILE_OUT_OF_RANGE',
    `There is no tile ${col},${row}: the level has ${grid.cols} × ${grid.rows} tiles, counted from 0.`,
  );
}

/** @throws TiffError `IMAGE_TOO_LARGE` when a stored tile is larger than we hold in memory */
export function checkChunkLength(length: number): number {
  if (length <= LIMITS.tileBytes) return length;
  throw new TiffError(
    'IMAGE_TOO_LARGE',
    `A tile of the image takes ${length} bytes; up to ${LIMITS.tileBytes} are read. The image has to be converted.`,
  );
}

function positive(value: number, what: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw badDirectory(`the ${what} is ${value}`);
}

function numeric(
  values: Uint8Array | Uint16Array | Uint32Array | Float64Array | undefined,
): Uint16Array | Uint32Array | Float64Array {
  if (values === undefined) throw badDirectory('it has no table of tiles');
  return values instanceof Uint8Array ? Uint16Array.from(values) : values;
}
