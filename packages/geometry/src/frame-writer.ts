import { GeometryError } from './errors.ts';
import { FRAME_LEVEL_FULL, FRAME_MAGIC, layOutFrame } from './frame-layout.ts';
import { type Bounds, GRID } from './geometry.ts';
import { packedOrigin } from './packed-origin.ts';
import { writeUuid } from './uuid.ts';

/** One annotation of a frame, with its geometry as the database holds it. */
export interface PackedFrameRow {
  /** Text, or its 16 bytes as the database gives them. */
  readonly uuid: string | Uint8Array;
  readonly templateId: number;
  readonly authorId: number;
  readonly revision: number;
  /** See `FRAME_FLAGS`; 0 when absent. */
  readonly flags?: number;
  /** Level-0 pixels. */
  readonly bounds: Bounds;
  /** One packed geometry. Its bytes are copied, not looked into but for the kind in the first one. */
  readonly geometry: Uint8Array;
}

/** Many annotations as columns in memory, as {@link FrameWriter.appendFrom} takes them. */
export interface FrameColumns {
  /** 16 bytes a row, seen as four numbers: a quarter of the steps to copy them. */
  readonly uuids: Int32Array;
  /** 8 a row: template, author, revision, minX, minY, maxX, maxY (1/256 px, rounded outwards), end in `geometry`. */
  readonly numbers: Int32Array;
  /** Packed geometries, one behind the other. */
  readonly geometry: Uint8Array;
}

/** Numbers a row, see {@link FrameColumns}. */
export const FRAME_NUMBERS = 8;

export interface FrameOptions {
  /** Level of detail; 0 (the default) means full geometry. */
  readonly level?: number;
  /** Revision of the data that the frame shows; a whole number of 0 to 2^53 - 1 (default 0). */
  readonly cursor?: number;
}

/** What a frame will hold, known before it is written. */
export interface FrameSize {
  readonly count: number;
  /** Bytes of all its packed geometries. */
  readonly geometryBytes: number;
}

/**
 * Gives room to write into: at least `length` bytes, beginning at a multiple of 4 in their buffer. What they hold does not
 * matter, so one buffer can serve many frames, one after the other.
 */
export type FrameRoom = (length: number) => Uint8Array<ArrayBuffer>;

/**
 * Writes a frame of known size, each byte once and in its place. For rows whose number is not known take `FrameBuilder`.
 * Equal rows give equal bytes.
 */
export class FrameWriter {
  readonly #size: FrameSize;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #geometryAt: number;
  readonly #uuids: Uint8Array;
  readonly #uuidNumbers: Int32Array;
  readonly #templateIds: Int32Array;
  readonly #authorIds: Int32Array;
  readonly #revisions: Int32Array;
  readonly #lefts: Int32Array;
  readonly #tops: Int32Array;
  readonly #widths: Int32Array;
  readonly #heights: Int32Array;
  readonly #lengths: Uint32Array;
  readonly #flags: Uint8Array;
  readonly #kinds: Uint8Array;
  readonly #origin = new Int32Array(2);
  #source = new Uint8Array();
  #sourceView = new DataView(this.#source.buffer);
  #count = 0;
  #geometryLength = 0;

  /** @throws {@link GeometryError} `GEOMETRY_FRAME` when the cursor is no whole number */
  constructor(size: FrameSize, { level = FRAME_LEVEL_FULL, cursor = 0 }: FrameOptions = {}, room?: FrameRoom) {
    const { count, geometryBytes } = size;
    const layout = layOutFrame(count, geometryBytes);
    checkCursor(cursor);
    this.#size = size;
    const bytes = (room?.(layout.end) ?? new Uint8Array(layout.end)).subarray(0, layout.end);
    const { buffer, byteOffset } = bytes;
    const header = new DataView(buffer, byteOffset, layout.end);
    header.setUint32(0, FRAME_MAGIC, true);
    header.setUint32(4, level, true);
    header.setUint32(8, count, true);
    header.setUint32(12, geometryBytes, true);
    header.setFloat64(16, cursor, true);
    header.setUint32(24, layout.end, true);
    header.setUint32(28, 0, true);
    // What lies between the columns must not show what the room held before.
    bytes.fill(0, layout.flags + count, layout.kinds);
    bytes.fill(0, layout.kinds + count, layout.geometry);
    bytes.fill(0, layout.geometry + geometryBytes);

    const column = (at: number): Int32Array => new Int32Array(buffer, byteOffset + at, count);
    this.#bytes = bytes;
    this.#view = header;
    this.#geometryAt = layout.geometry;
    this.#uuids = bytes.subarray(layout.uuids, layout.templateIds);
    this.#uuidNumbers = new Int32Array(buffer, byteOffset + layout.uuids, 4 * count);
    this.#templateIds = column(layout.templateIds);
    this.#authorIds = column(layout.authorIds);
    this.#revisions = column(layout.revisions);
    // Side by side and counted from the first point of the shape, so that they compress: 4 bytes instead of 11, and 0.1
    // instead of 3 for lengths instead of offsets (measured with gzip on outlines of cells).
    this.#lefts = column(layout.bounds);
    this.#tops = column(layout.bounds + 4 * count);
    this.#widths = column(layout.bounds + 8 * count);
    this.#heights = column(layout.bounds + 12 * count);
    this.#lengths = new Uint32Array(buffer, byteOffset + layout.lengths, count);
    this.#flags = bytes.subarray(layout.flags, layout.flags + count);
    this.#kinds = bytes.subarray(layout.kinds, layout.kinds + count);
  }

  /**
   * Adds one annotation.
   *
   * @throws {@link GeometryError} `GEOMETRY_FRAME` for a broken UUID, an empty geometry, or more than the size that was told
   */
  append({ uuid, templateId, authorId, revision, flags = 0, bounds, geometry }: PackedFrameRow): void {
    checkGeometry(geometry);
    this.#checkRoom(1, geometry.length);
    const i = this.#count;
    writeUuid(uuid, this.#uuids, 16 * i);
    this.#bytes.set(geometry, this.#geometryAt + this.#geometryLength);
    // Rounded outwards: turned shapes end between grid points, and a box that is too small would hide them.
    const [left, top] = [Math.floor(bounds.minX * GRID), Math.floor(bounds.minY * GRID)];
    const [right, bottom] = [Math.ceil(bounds.maxX * GRID), Math.ceil(bounds.maxY * GRID)];
    this.#describe(templateId, authorId, revision, flags, left, top, right, bottom, geometry.length);
  }

  /**
   * Adds one annotation of columns: a fraction of the time of {@link append}, which needs objects for each row.
   *
   * @param place - of the row; not checked
   */
  appendFrom({ uuids, numbers, geometry }: FrameColumns, place: number, flags: number): void {
    const from = FRAME_NUMBERS * place;
    const start = place === 0 ? 0 : numbers[from - 1]!;
    const length = numbers[from + 7]! - start;
    this.#checkRoom(1, length);
    const i = this.#count;
    for (let k = 0; k < 4; k++) this.#uuidNumbers[4 * i + k] = uuids[4 * place + k]!;
    this.#copyGeometry(geometry, start, length);
    this.#describe(
      numbers[from]!,
      numbers[from + 1]!,
      numbers[from + 2]!,
      flags,
      numbers[from + 3]!,
      numbers[from + 4]!,
      numbers[from + 5]!,
      numbers[from + 6]!,
      length,
    );
  }

  /** Adds the first rows of columns, as many as `flags` has. */
  appendAll({ uuids, numbers, geometry }: FrameColumns, flags: Uint8Array): void {
    const bytes = flags.length === 0 ? 0 : numbers[FRAME_NUMBERS * flags.length - 1]!;
    this.#checkRoom(flags.length, bytes);
    this.#uuidNumbers.set(uuids.subarray(0, 4 * flags.length), 4 * this.#count);
    this.#bytes.set(geometry.subarray(0, bytes), this.#geometryAt + this.#geometryLength);
    let start = 0;
    for (let i = 0, at = 0; i < flags.length; i++, at += FRAME_NUMBERS) {
      const end = numbers[at + 7]!;
      this.#describe(
        numbers[at]!,
        numbers[at + 1]!,
        numbers[at + 2]!,
        flags[i]!,
        numbers[at + 3]!,
        numbers[at + 4]!,
        numbers[at + 5]!,
        numbers[at + 6]!,
        end - start,
      );
      start = end;
    }
  }

  /**
   * Gives the frame; its length is a multiple of 4. It lies in the room that was given.
   *
   * @throws {@link GeometryError} `GEOMETRY_FRAME` when less came than was told
   */
  finish(): Uint8Array<ArrayBuffer> {
    const { count, geometryBytes } = this.#size;
    if (this.#count !== count || this.#geometryLength !== geometryBytes)
      throw new GeometryError(
        'GEOMETRY_FRAME',
        `${this.#count} rows with ${this.#geometryLength} bytes came for a frame of ${count} with ${geometryBytes}.`,
      );
    return this.#bytes;
  }

  #checkRoom(rows: number, geometryBytes: number): void {
    const { count, geometryBytes: most } = this.#size;
    if (this.#count + rows <= count && this.#geometryLength + geometryBytes <= most) return;
    throw new GeometryError(
      'GEOMETRY_FRAME',
      `Row ${this.#count + rows} does not fit into a frame of ${count} with ${most} bytes of geometry.`,
    );
  }

  /** In steps of eight bytes: for so few, a view to copy from costs more than the copy. */
  #copyGeometry(geometry: Uint8Array, start: number, length: number): void {
    if (this.#source !== geometry) {
      this.#source = geometry as Uint8Array<ArrayBuffer>;
      this.#sourceView = new DataView(geometry.buffer as ArrayBuffer, geometry.byteOffset, geometry.length);
    }
    const [source, target] = [this.#sourceView, this.#view];
    const to = this.#geometryAt + this.#geometryLength;
    let k = 0;
    for (; k + 8 <= length; k += 8) target.setBigInt64(to + k, source.getBigInt64(start + k, true), true);
    for (; k < length; k++) this.#bytes[to + k] = geometry[start + k]!;
  }

  /** Writes the numbers of the row whose geometry has just been copied; bounds in grid steps. */
  #describe(
    templateId: number,
    authorId: number,
    revision: number,
    flags: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    length: number,
  ): void {
    const i = this.#count++;
    const start = this.#geometryAt + this.#geometryLength;
    packedOrigin(this.#bytes, start, start + length, this.#origin);
    this.#templateIds[i] = templateId;
    this.#authorIds[i] = authorId;
    this.#revisions[i] = revision;
    this.#lefts[i] = this.#origin[0]! - minX;
    this.#tops[i] = this.#origin[1]! - minY;
    this.#widths[i] = maxX - minX;
    this.#heights[i] = maxY - minY;
    this.#lengths[i] = length;
    this.#flags[i] = flags;
    this.#kinds[i] = this.#bytes[start]! & 7;
    this.#geometryLength += length;
  }
}

/** @throws {@link GeometryError} `GEOMETRY_FRAME` */
export function checkGeometry(geometry: Uint8Array): void {
  if (geometry.length === 0) throw new GeometryError('GEOMETRY_FRAME', 'The row has no bytes of geometry.');
}

/** @throws {@link GeometryError} `GEOMETRY_FRAME` */
export function checkCursor(cursor: number): void {
  if (Number.isSafeInteger(cursor) && cursor >= 0) return;
  throw new GeometryError('GEOMETRY_FRAME', `The cursor is ${cursor}; it must be a whole number of 0 to 2^53 - 1.`);
}
