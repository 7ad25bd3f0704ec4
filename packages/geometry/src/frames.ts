import { bounds } from './bounds.ts';
import { GeometryError } from './errors.ts';
import { FrameBuilder, type FrameOptions, type PackedFrameRow } from './frame-builder.ts';
import { FRAME_HEADER_BYTES, FRAME_MAGIC, layOutFrame } from './frame-layout.ts';
import { GRID, type Bounds, type Geometry } from './geometry.ts';
import { packedOrigin } from './packed-origin.ts';
import { decodeGeometry, encodeGeometry } from './packed.ts';
import { readUuid } from './uuid.ts';

/** One annotation of a frame, with its geometry as an object; for rows from the database take {@link FrameBuilder}. */
export interface FrameRow extends Omit<PackedFrameRow, 'geometry' | 'bounds'> {
  readonly geometry: Geometry;
}

/** Makes a frame (layout: README) of annotations: many at once for the screen, in typed columns. */
export function encodeFrame(rows: Iterable<FrameRow>, options: FrameOptions = {}): Uint8Array<ArrayBuffer> {
  const builder = new FrameBuilder(options);
  for (const row of rows) {
    builder.append({ ...row, bounds: bounds(row.geometry), geometry: encodeGeometry(row.geometry) });
  }
  return builder.finish();
}

/**
 * A frame as views on its bytes, which live as long as the buffer and show its changes; but `offsets` are worked out when it is
 * opened, and `bounds` when they are first asked for.
 */
export interface Frame {
  readonly level: number;
  readonly cursor: number;
  readonly count: number;
  /** 16 bytes a row; `uuidAt` gives text. */
  readonly uuids: Uint8Array;
  readonly templateIds: Int32Array;
  readonly authorIds: Int32Array;
  readonly revisions: Int32Array;
  /** minX, minY, maxX, maxY a row, in grid steps (1/256 px). */
  readonly bounds: Int32Array;
  /** Of these boxes, as they are stored. */
  readonly widths: Int32Array;
  readonly heights: Int32Array;
  /** See `FRAME_FLAGS`. */
  readonly flags: Uint8Array;
  /** Index in `GEOMETRY_KINDS`. */
  readonly kinds: Uint8Array;
  /** Row i lies in `geometry` from `offsets[i]` to `offsets[i + 1]`. */
  readonly offsets: Uint32Array;
  readonly geometry: Uint8Array;
  /** @throws {@link GeometryError} `GEOMETRY_FRAME` when there is no such row, `GEOMETRY_PACKED` when it is damaged */
  geometryAt(index: number): Geometry;
  /** @throws {@link GeometryError} `GEOMETRY_FRAME` when there is no such row */
  uuidAt(index: number): string;
  /** In level-0 pixels. @throws {@link GeometryError} `GEOMETRY_FRAME` when there is no such row */
  boundsAt(index: number): Bounds;
}

/**
 * Opens a frame that begins at `offset` without copying it; O(rows) for the offsets. Frames can lie
 * one behind the other: the next one begins `frameBytes` later.
 *
 * @param data - what came over the wire; copied once when the frame does not begin at a multiple of 4 in its buffer
 * @throws {@link GeometryError} `GEOMETRY_FRAME` when it is no frame, cut short or damaged
 */
export function decodeFrame(data: ArrayBuffer | Uint8Array, offset = 0): Frame {
  // A plain view, also of a Node Buffer, whose `slice` would not copy.
  const all =
    data instanceof Uint8Array ? new Uint8Array(data.buffer, data.byteOffset, data.length) : new Uint8Array(data);
  let bytes = all.subarray(offset);
  const length = frameBytes(bytes);
  if (bytes.length < length) throw damaged(`it has ${bytes.length} of ${length} bytes`);
  bytes = bytes.byteOffset % 4 === 0 ? bytes.subarray(0, length) : bytes.slice(0, length);

  const { buffer, byteOffset } = bytes;
  const header = new DataView(buffer, byteOffset, FRAME_HEADER_BYTES);
  const count = header.getUint32(8, true);
  const geometryLength = header.getUint32(12, true);
  const layout = layOutFrame(count, geometryLength);
  const int32 = (at: number, n: number): Int32Array => new Int32Array(buffer, byteOffset + at, n);
  const offsets = sumUp(new Uint32Array(buffer, byteOffset + layout.lengths, count), geometryLength);
  const uuids = bytes.subarray(layout.uuids, layout.templateIds);
  const geometry = bytes.subarray(layout.geometry, layout.geometry + geometryLength);
  const columns = int32(layout.bounds, 4 * count);
  let boxes: Int32Array | undefined;
  const checked = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < count) return index;
    throw new GeometryError('GEOMETRY_FRAME', `There is no row ${index} in a frame of ${count}.`);
  };
  return {
    level: header.getUint32(4, true),
    cursor: header.getFloat64(16, true),
    count,
    uuids,
    templateIds: int32(layout.templateIds, count),
    authorIds: int32(layout.authorIds, count),
    revisions: int32(layout.revisions, count),
    get bounds() {
      return (boxes ??= readBounds(columns, geometry, offsets));
    },
    widths: columns.subarray(2 * count, 3 * count),
    heights: columns.subarray(3 * count),
    flags: bytes.subarray(layout.flags, layout.flags + count),
    kinds: bytes.subarray(layout.kinds, layout.kinds + count),
    offsets,
    geometry,
    geometryAt: (index) => decodeGeometry(geometry.subarray(offsets[checked(index)], offsets[index + 1])),
    uuidAt: (index) => readUuid(uuids, 16 * checked(index)),
    boundsAt: (index) => {
      readBox(columns, geometry, offsets, checked(index), box, 0);
      return { minX: box[0]! / GRID, minY: box[1]! / GRID, maxX: box[2]! / GRID, maxY: box[3]! / GRID };
    },
  };
}

/**
 * Reads the length of the frame that begins at `offset` from its header, so that a stream can wait for the rest.
 *
 * @throws {@link GeometryError} `GEOMETRY_FRAME` when less than the header is there or it is none
 */
export function frameBytes(bytes: Uint8Array, offset = 0): number {
  const size = bytes.length - offset;
  if (size < FRAME_HEADER_BYTES)
    throw damaged(`it has ${Math.max(0, size)} bytes, the header alone takes ${FRAME_HEADER_BYTES}`);
  const header = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  if (header.getUint32(0, true) !== FRAME_MAGIC) throw damaged('it does not begin with "EXA2"');
  // Plain arithmetic: counts of a damaged header may be beyond 32 bits in sum, and must not wrap into something small.
  const length = header.getUint32(24, true);
  const count = header.getUint32(8, true);
  const geometryLength = header.getUint32(12, true);
  const isSane = count <= length && geometryLength <= length && layOutFrame(count, geometryLength).end === length;
  if (!isSane) throw damaged(`${count} rows do not make ${length} bytes`);
  return length;
}

/** Gives the start of each geometry, and the end of the last. */
function sumUp(lengths: Uint32Array, geometryLength: number): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  let end = 0;
  for (let i = 0; i < lengths.length; i++) {
    end += lengths[i]!; // plain arithmetic: the sum of damaged ones must not wrap into something that fits
    offsets[i + 1] = end;
  }
  if (end !== geometryLength) throw damaged('its geometries do not fill their section');
  return offsets;
}

/** Puts bounds together that are stored in columns. */
function readBounds(columns: Int32Array, geometry: Uint8Array, offsets: Uint32Array): Int32Array {
  const bounds = new Int32Array(columns.length);
  for (let row = 0; row < offsets.length - 1; row++) readBox(columns, geometry, offsets, row, bounds, 4 * row);
  return bounds;
}

const origin = new Int32Array(2);
const box = new Int32Array(4);

/** Writes minX, minY, maxX and maxY of one row, which are stored from the first point of its geometry on. */
function readBox(
  columns: Int32Array,
  geometry: Uint8Array,
  offsets: Uint32Array,
  row: number,
  target: Int32Array,
  at: number,
): void {
  const count = offsets.length - 1;
  packedOrigin(geometry, offsets[row]!, offsets[row + 1]!, origin);
  const minX = origin[0]! - columns[row]!;
  const minY = origin[1]! - columns[count + row]!;
  target[at] = minX;
  target[at + 1] = minY;
  target[at + 2] = minX + columns[2 * count + row]!;
  target[at + 3] = minY + columns[3 * count + row]!;
}

function damaged(reason: string): GeometryError {
  return new GeometryError('GEOMETRY_FRAME', `This is no annotation frame: ${reason}. Load it again.`);
}
