import { TiffError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { TiffImage } from './image.ts';
import { checkChunkLength, checkTile } from './image.ts';
import {
  concatBytes,
  findSegment,
  frameWithSize,
  isAdobe,
  MARKER,
  readFrame,
  readJpegHeader,
  readRestartInterval,
  restartIntervalSegment,
} from './jpeg-segments.ts';
import type { JpegFrame, JpegHeader } from './jpeg-segments.ts';
import { TAG } from './tags.ts';
import { loadRestartTable, scanRestarts } from './restart-table.ts';

/** Enough for the header of a strip: 660 bytes in the files seen. */
const HEADER_BYTES = 16 * 1024;
/** Aim for the area of a tile, and bounds of its height, in pixels. One read and one picture of a megapixel at most. */
const TILE_AREA = 2 ** 20;
const TILE_WIDTH = 512;
const [MIN_HEIGHT, MAX_HEIGHT] = [64, 512];

/** How restart intervals lie in the picture. */
interface SegmentGrid {
  /** Restart intervals side by side. */
  readonly across: number;
  readonly down: number;
  /** Pixels of one interval. */
  readonly width: number;
  readonly height: number;
}

/**
 * Tiles out of one giant JPEG strip, as NDPI stores a level, without decoding. A restart marker resets the decoder, so the
 * data between two markers are a picture of their own: tiles are made of whole intervals, with the header of the strip
 * (its size patched) and the markers numbered anew (T.81, B.2.1, E.1.4).
 */
export class JpegRestartTiles {
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly cols: number;
  readonly rows: number;
  readonly #image: TiffImage;
  readonly #strip: { readonly offset: number; readonly length: number };
  readonly #head: Uint8Array;
  readonly #header: JpegHeader;
  readonly #interval: number;
  readonly #grid: SegmentGrid;
  /** Intervals that make one tile. */
  readonly #across: number;
  readonly #down: number;
  readonly #prefixes = new Map<string, Uint8Array>();
  #starts: Promise<Float64Array> | undefined;

  private constructor(
    image: TiffImage,
    strip: { offset: number; length: number },
    head: Uint8Array,
    header: JpegHeader,
    interval: number,
    grid: SegmentGrid,
  ) {
    this.#image = image;
    this.#strip = strip;
    this.#head = head;
    this.#header = header;
    this.#interval = interval;
    this.#grid = grid;
    this.#across = Math.min(grid.across, Math.max(1, Math.round(TILE_WIDTH / grid.width)));
    this.tileWidth = Math.min(image.width, this.#across * grid.width);
    const height = Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, 2 ** Math.floor(Math.log2(TILE_AREA / this.tileWidth))));
    this.#down = Math.max(1, Math.floor(height / grid.height));
    this.tileHeight = this.#down * grid.height;
    this.cols = Math.ceil(image.width / this.tileWidth);
    this.rows = Math.ceil(image.height / this.tileHeight);
  }

  /**
   * Looks at the header of the strip.
   *
   * @returns nothing when the strip cannot be cut: no restart markers, intervals that do not line up with rows, no table
   *          of them and too long to search, or rows too wide for a picture
   * @throws TiffError `TRUNCATED_FILE`, `BAD_DIRECTORY`, `UNREADABLE_TILE`
   */
  static async of(image: TiffImage): Promise<JpegRestartTiles | undefined> {
    if (image.chunks !== 1) return undefined;
    const { offsets, lengths } = await image.checkedRanges();
    const strip = { offset: offsets[0] ?? 0, length: lengths[0] ?? 0 };
    const { source } = image.directory.context;
    const head = await source.bytes(strip.offset, Math.min(HEADER_BYTES, strip.length), 'image data');
    const header = readJpegHeader(head);
    const frame = readFrame(head, header);
    const interval = readRestartInterval(head, header);
    if (header.dataStart === undefined || frame === undefined || interval === 0 || frame.marker === MARKER.sof2)
      return undefined;
    if (!isOneScan(head, header, frame)) return undefined;
    const grid = segmentGrid(image, frame, interval);
    if (grid === undefined) return undefined;
    if (!hasRestartTable(image, grid) && strip.length > LIMITS.scanBytes) return undefined;
    return new JpegRestartTiles(image, strip, head, header, interval, grid);
  }

  /**
   * Cuts a tile out of the strip.
   *
   * @throws TiffError `TILE_OUT_OF_RANGE`, `UNREADABLE_TILE` (the markers are not where they should be), `IMAGE_TOO_LARGE`
   */
  async read(col: number, row: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkTile(this, col, row);
    this.#starts ??= this.#loadStarts().catch((error: unknown) => {
      this.#starts = undefined;
      throw error;
    });
    const starts = await this.#starts;
    const grid = this.#grid;
    const left = col * this.#across;
    const across = Math.min(this.#across, grid.across - left);
    const top = row * this.#down;
    const down = Math.min(this.#down, grid.down - top);
    const width = Math.min(this.tileWidth, this.#image.width - col * this.tileWidth);
    const height = Math.min(this.tileHeight, this.#image.height - row * this.tileHeight);
    // Intervals side by side follow each other in the file, and so do whole rows.
    const runs =
      across === grid.across
        ? [[top * grid.across, down * grid.across] as const]
        : Array.from({ length: down }, (_, i) => [(top + i) * grid.across + left, across] as const);
    const pieces = await Promise.all(runs.map(([from, count]) => this.#readRun(starts, from, count, signal)));
    const out = concatBytes([this.#prefix(width, height), ...pieces]);
    checkChunkLength(out.length);
    renumber(out, this.#prefix(width, height).length, across * down);
    return out;
  }

  /** Reads intervals that follow each other, each with the marker after it. */
  async #readRun(starts: Float64Array, from: number, count: number, signal?: AbortSignal): Promise<Uint8Array> {
    const start = starts[from] ?? 0;
    const isLast = from + count >= starts.length;
    const end = isLast ? this.#strip.length : (starts[from + count] ?? 0);
    const length = checkChunkLength(end - start);
    const bytes = await this.#image.directory.context.source.bytes(
      this.#strip.offset + start,
      length,
      'image data',
      signal,
    );
    if (!isLast) {
      if (!isMarkerAt(bytes, length - 2)) throw unreadable(this.#image);
      return bytes;
    }
    // The strip ends with its end-of-image marker, or is filled up with zeros after it.
    const eoi = bytes.lastIndexOf(MARKER.eoi);
    const stop = eoi > 0 && bytes[eoi - 1] === 0xff ? eoi - 1 : length;
    return concatBytes([bytes.subarray(0, stop), Uint8Array.of(0xff, MARKER.rst0)]);
  }

  #prefix(width: number, height: number): Uint8Array {
    const key = `${width}x${height}`;
    let prefix = this.#prefixes.get(key);
    if (prefix === undefined) {
      const pieces: Uint8Array[] = [Uint8Array.of(0xff, MARKER.soi)];
      for (const segment of this.#header.segments) {
        const { marker, start, end } = segment;
        if (marker >= MARKER.sof0 && marker <= MARKER.sof2)
          pieces.push(frameWithSize(this.#head, segment, width, height));
        else if (marker === MARKER.sos)
          pieces.push(restartIntervalSegment(this.#interval), this.#head.subarray(start, end));
        // Application data and comments are left out, they may name things; what tells the colours stays.
        else if (
          marker === MARKER.dqt ||
          marker === MARKER.dht ||
          marker === MARKER.app0 ||
          isAdobe(this.#head, segment)
        )
          pieces.push(this.#head.subarray(start, end));
      }
      prefix = concatBytes(pieces);
      this.#prefixes.set(key, prefix); // four sizes at most: inside, right, bottom, corner
    }
    return prefix;
  }

  async #loadStarts(): Promise<Float64Array> {
    const segments = this.#grid.across * this.#grid.down;
    const dataStart = this.#header.dataStart ?? 0;
    const table = hasRestartTable(this.#image, this.#grid)
      ? await loadRestartTable(this.#image.directory, this.#strip.length, dataStart)
      : undefined;
    if (table !== undefined) return table;
    const { source } = this.#image.directory.context;
    if (this.#strip.length > LIMITS.scanBytes) throw unreadable(this.#image);
    const found = await scanRestarts(source, this.#strip.offset + dataStart, this.#strip.length - dataStart, segments);
    if (found === undefined) throw unreadable(this.#image);
    return found.map((start) => start + dataStart);
  }
}

/** Counts the markers of a tile up from 0 and ends the picture: the decoder checks their order. */
function renumber(out: Uint8Array, dataStart: number, segments: number): void {
  let seen = 0;
  for (let at = out.indexOf(0xff, dataStart); at >= 0 && at + 1 < out.length; at = out.indexOf(0xff, at + 1)) {
    if (!isMarkerAt(out, at)) continue;
    seen += 1;
    out[at + 1] = seen === segments ? MARKER.eoi : MARKER.rst0 + ((seen - 1) & 7);
  }
  if (seen !== segments)
    throw new TiffError('UNREADABLE_TILE', `A tile of the image is damaged: it has ${seen} of ${segments} parts.`);
}

/** In entropy-coded data 0xFF is followed by 0x00 unless it is a marker, so this cannot be taken for data. */
function isMarkerAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf8) === MARKER.rst0;
}

function isOneScan(head: Uint8Array, header: JpegHeader, frame: JpegFrame): boolean {
  const sos = findSegment(header, MARKER.sos);
  return sos !== undefined && head[sos.start + 4] === frame.components;
}

function segmentGrid(image: TiffImage, frame: JpegFrame, interval: number): SegmentGrid | undefined {
  const unitsAcross = Math.ceil(image.width / frame.mcuWidth);
  const unitsDown = Math.ceil(image.height / frame.mcuHeight);
  if (unitsAcross % interval === 0) {
    const across = unitsAcross / interval;
    const width = across === 1 ? image.width : interval * frame.mcuWidth;
    return width > 65535 ? undefined : { across, down: unitsDown, width, height: frame.mcuHeight };
  }
  if (interval % unitsAcross !== 0 || image.width > 65535) return undefined;
  const rows = interval / unitsAcross;
  return { across: 1, down: Math.ceil(unitsDown / rows), width: image.width, height: rows * frame.mcuHeight };
}

function hasRestartTable(image: TiffImage, grid: SegmentGrid): boolean {
  return (
    grid.across * grid.down <= LIMITS.chunks && image.directory.count(TAG.ndpiRestarts) === grid.across * grid.down
  );
}

function unreadable(image: TiffImage): TiffError {
  return new TiffError(
    'UNREADABLE_TILE',
    `The ${image.width} × ${image.height} level cannot be cut into tiles: its restart markers are not where the file says. Convert the slide.`,
  );
}
