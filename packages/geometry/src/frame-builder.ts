import {
  checkCursor,
  checkGeometry,
  FRAME_NUMBERS,
  type FrameOptions,
  FrameWriter,
  type PackedFrameRow,
} from './frame-writer.ts';
import { GRID } from './geometry.ts';
import { writeUuid } from './uuid.ts';

export type { FrameOptions, PackedFrameRow } from './frame-writer.ts';

/**
 * Builds a frame row by row from what the database gives, without unpacking a geometry, when nobody knows how many will come.
 * Equal rows give equal bytes.
 *
 * Rows can be appended after `finish`, too: the frame then made holds all.
 */
export class FrameBuilder {
  readonly #options: FrameOptions;
  #count = 0;
  #geometryLength = 0;
  #capacity = 256;
  #uuids = new Uint8Array(16 * this.#capacity);
  /** As `FrameColumns` has them: one column to grow instead of five. */
  #numbers = new Int32Array(FRAME_NUMBERS * this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  #geometry = new Uint8Array(64 * this.#capacity);

  constructor(options: FrameOptions = {}) {
    checkCursor(options.cursor ?? 0);
    this.#options = options;
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
    checkGeometry(geometry);
    if (this.#count === this.#capacity) this.#growRows();
    while (this.#geometryLength + geometry.length > this.#geometry.length) {
      this.#geometry = grow(this.#geometry, this.#geometry.length * 2);
    }
    const i = this.#count;
    writeUuid(row.uuid, this.#uuids, 16 * i);
    this.#geometry.set(geometry, this.#geometryLength);
    this.#geometryLength += geometry.length;
    const numbers = this.#numbers;
    const at = FRAME_NUMBERS * i;
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
    this.#count++;
  }

  /** Gives the frame; its length is a multiple of 4. */
  finish(): Uint8Array<ArrayBuffer> {
    const writer = new FrameWriter({ count: this.#count, geometryBytes: this.#geometryLength }, this.#options);
    const columns = {
      uuids: new Int32Array(this.#uuids.buffer),
      numbers: this.#numbers,
      geometry: this.#geometry,
    };
    writer.appendAll(columns, this.#flags.subarray(0, this.#count));
    return writer.finish();
  }

  #growRows(): void {
    this.#capacity *= 2;
    this.#uuids = grow(this.#uuids, 16 * this.#capacity);
    this.#flags = grow(this.#flags, this.#capacity);
    const numbers = new Int32Array(FRAME_NUMBERS * this.#capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

function grow(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
