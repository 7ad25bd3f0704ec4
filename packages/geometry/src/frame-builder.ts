import { GeometryError } from './errors.ts';
import { FRAME_LEVEL_FULL, FRAME_MAGIC, layOutFrame } from './frame-layout.ts';
import { GRID, type Bounds } from './geometry.ts';
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

/** Many annotations as columns in memory, as {@link FrameBuilder.appendFrom} takes them. */
export interface FrameColumns {
  /** 16 bytes a row. */
  readonly uuids: Uint8Array;
  /** 8 a row: template, author, revision, minX, minY, maxX, maxY (1/256 px, rounded outwards), end in `geometry`. */
  readonly numbers: Int32Array;
  /** Packed geometries, one behind the other. */
  readonly geometry: Uint8Array;
}

export interface FrameOptions {
  /** Level of detail; 0 (the default) means full geometry. */
  readonly level?: number;
  /** Revision of the data that the frame shows; a whole number of 0 to 2^53 - 1 (default 0). */
  readonly cursor?: number;
}

/** Numbers a row, see {@link FrameColumns}. */
const NUMBERS = 8;

/**
 * Builds a frame row by row from what the database gives, without unpacking a geometry. Equal rows give equal bytes.
 *
 * Rows can be appended after `finish`, too: the frame then made holds all.
 */
export class FrameBuilder {
  readonly #level: number;
  #cursor: number;
  #count = 0;
  #geometryLength = 0;
  #capacity = 256;
  #uuids = new Uint8Array(16 * this.#capacity);
  /** Template, author, revision, bounds, end of the geometry: 8 numbers a row. One column to grow instead of five. */
  #numbers = new Int32Array(8 * this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  #kinds = new Uint8Array(this.#capacity);
  #geometry = new Uint8Array(64 * this.#capacity);

  constructor({ level = FRAME_LEVEL_FULL, cursor = 0 }: FrameOptions = {}) {
    this.#level = level;
    this.#cursor = checkedCursor(cursor);
  }

  /** Begins a new frame in the room of the one before: for many, one after the other. */
  clear(cursor = 0): void {
    this.#cursor = checkedCursor(cursor);
    this.#count = 0;
    this.#geometryLength = 0;
  }

  /** Number of rows so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one annotation.
   *
   * @throws {@link GeometryError} `GEOMETRY_FRAME` for a broken UUID or an empty geometry; the row is then not added
   */
  append(row: PackedFrameRow): void {
    const { geometry, bounds } = row;
    if (geometry.length === 0) throw new GeometryError('GEOMETRY_FRAME', 'The row has no bytes of geometry.');
    if (this.#count === this.#capacity) this.#growRows();
    while (this.#geometryLength + geometry.length > this.#geometry.length) {
      this.#geometry = grow(this.#geometry, this.#geometry.length * 2);
    }
    const i = this.#count;
    writeUuid(row.uuid, this.#uuids, 16 * i);
    this.#geometry.set(geometry, this.#geometryLength);
    this.#geometryLength += geometry.length;
    const numbers = this.#numbers;
    const at = 8 * i;
    numbers[at] = row.templateId;
    numbers[at + 1] = row.authorId;
    numbers[at + 2] = row.revision;
    // Rounded outwards: turned shapes end between grid points, and a box that is too small would hide them.
    numbers[at + 3] = Math.floor(bounds.minX * GRID);
    numbers[at + 4] = Math.floor(bounds.minY * GRID);
    numbers[at + 5] = Math.ceil(bounds.maxX * GRID);
    numbers[at + 6] = Math.ceil(bounds.maxY * GRID);
    numbers[at + 7] = this.#geometryLength;
    this.#flags[i] = row.flags ?? 0;
    this.#kinds[i] = geometry[0]! & 7;
    this.#count++;
  }

  /**
   * Adds one annotation of columns: a third of the time of {@link append}, which needs objects for each row.
   *
   * @param place - of the row; not checked
   */
  appendFrom({ uuids, numbers, geometry }: FrameColumns, place: number, flags: number): void {
    const from = NUMBERS * place;
    const start = place === 0 ? 0 : numbers[from - 1]!;
    const length = numbers[from + 7]! - start;
    if (this.#count === this.#capacity) this.#growRows();
    while (this.#geometryLength + length > this.#geometry.length) {
      this.#geometry = grow(this.#geometry, this.#geometry.length * 2);
    }
    const i = this.#count++;
    const [ownUuids, ownNumbers, ownGeometry] = [this.#uuids, this.#numbers, this.#geometry];
    // Loops: for so few bytes, a view to copy from costs more than the copy.
    for (let k = 0; k < 16; k++) ownUuids[16 * i + k] = uuids[16 * place + k]!;
    for (let k = 0; k < length; k++) ownGeometry[this.#geometryLength + k] = geometry[start + k]!;
    this.#geometryLength += length;
    const at = NUMBERS * i;
    for (let k = 0; k < 7; k++) ownNumbers[at + k] = numbers[from + k]!;
    ownNumbers[at + 7] = this.#geometryLength;
    this.#flags[i] = flags;
    this.#kinds[i] = geometry[start]! & 7;
  }

  /** Gives the frame; its length is a multiple of 4. */
  finish(): Uint8Array<ArrayBuffer> {
    const count = this.#count;
    const layout = layOutFrame(count, this.#geometryLength);
    const buffer = new ArrayBuffer(layout.end);
    const bytes = new Uint8Array(buffer);
    const header = new DataView(buffer);
    header.setUint32(0, FRAME_MAGIC, true);
    header.setUint32(4, this.#level, true);
    header.setUint32(8, count, true);
    header.setUint32(12, this.#geometryLength, true);
    header.setFloat64(16, this.#cursor, true);
    header.setUint32(24, layout.end, true);

    const templateIds = new Int32Array(buffer, layout.templateIds, count);
    const authorIds = new Int32Array(buffer, layout.authorIds, count);
    const revisions = new Int32Array(buffer, layout.revisions, count);
    // Side by side and counted from the first point of the shape, so that they compress: 4 bytes instead of 11, and 0.1
    // instead of 3 for lengths instead of offsets (measured with gzip on outlines of cells).
    const [lefts, tops, widths, heights] = [0, 1, 2, 3].map(
      (column) => new Int32Array(buffer, layout.bounds + 4 * count * column, count),
    ) as [Int32Array, Int32Array, Int32Array, Int32Array];
    const lengths = new Uint32Array(buffer, layout.lengths, count);
    const origin = new Int32Array(2);
    const numbers = this.#numbers;
    let start = 0;
    for (let i = 0, at = 0; i < count; i++, at += 8) {
      templateIds[i] = numbers[at]!;
      authorIds[i] = numbers[at + 1]!;
      revisions[i] = numbers[at + 2]!;
      const end = numbers[at + 7]!;
      packedOrigin(this.#geometry, start, end, origin);
      lefts[i] = origin[0]! - numbers[at + 3]!;
      tops[i] = origin[1]! - numbers[at + 4]!;
      widths[i] = numbers[at + 5]! - numbers[at + 3]!;
      heights[i] = numbers[at + 6]! - numbers[at + 4]!;
      lengths[i] = end - start;
      start = end;
    }
    bytes.set(this.#uuids.subarray(0, 16 * count), layout.uuids);
    bytes.set(this.#flags.subarray(0, count), layout.flags);
    bytes.set(this.#kinds.subarray(0, count), layout.kinds);
    bytes.set(this.#geometry.subarray(0, this.#geometryLength), layout.geometry);
    return bytes;
  }

  #growRows(): void {
    this.#capacity *= 2;
    this.#uuids = grow(this.#uuids, 16 * this.#capacity);
    this.#flags = grow(this.#flags, this.#capacity);
    this.#kinds = grow(this.#kinds, this.#capacity);
    const numbers = new Int32Array(8 * this.#capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

function checkedCursor(cursor: number): number {
  if (Number.isSafeInteger(cursor) && cursor >= 0) return cursor;
  throw new GeometryError('GEOMETRY_FRAME', `The cursor is ${cursor}; it must be a whole number of 0 to 2^53 - 1.`);
}

function grow(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
