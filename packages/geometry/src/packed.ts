import { GeometryError } from './errors.ts';
import { GEOMETRY_KINDS, GRID, type Geometry, type GeometryKind } from './geometry.ts';
import { ANGLE_STEPS, MAX_COORDINATE, MAX_RINGS, MAX_VERTICES, toAngleSteps, toGrid } from './grid.ts';
import { PackedReader, PackedWriter } from './packed-numbers.ts';

// Layout: see README, "Packed geometry". It stands in databases: change it only under a kind number that is free (6, 7).

const KIND_MASK = 7;
const SHIFT_AT = 3;
const MAX_SHIFT = 8;
const MAX_STEPS = MAX_COORDINATE * GRID;
/** Box and ellipse: an angle follows. Polygon: one polygon of one ring, its two counts are left out. */
const FLAG = 128;

// Encoding is synchronous and copies its result, so one writer serves all calls.
const writer = new PackedWriter();

/**
 * Packs a geometry into the bytes that the database and the wire carry. Lossless for what `snap` or `checkGeometry`
 * gave; anything else is snapped. Equal geometries give equal bytes.
 *
 * @throws {@link GeometryError} `GEOMETRY_OUT_OF_RANGE` for coordinates beyond ±2^21 px, sizes below 0 and NaN
 */
export function encodeGeometry(geometry: Geometry): Uint8Array<ArrayBuffer> {
  const shift = commonShift(geometry);
  const grid = (px: number): number => toGrid(px) >> shift;
  const header = GEOMETRY_KINDS.indexOf(geometry.kind) | (shift << SHIFT_AT);
  switch (geometry.kind) {
    case 'point':
      writer.start(header);
      writer.writePoint(grid(geometry.x), grid(geometry.y));
      break;
    case 'box':
    case 'ellipse': {
      const { angle = 0 } = geometry;
      const [x, y, width, height] =
        geometry.kind === 'box'
          ? [geometry.x, geometry.y, geometry.width, geometry.height]
          : [geometry.cx, geometry.cy, geometry.rx, geometry.ry];
      const steps = toAngleSteps(angle);
      writer.start(steps === 0 ? header : header | FLAG);
      writer.writePoint(grid(x), grid(y));
      writer.writeUnsigned(grid(width));
      writer.writeUnsigned(grid(height));
      if (steps !== 0) writer.writeSigned(steps);
      break;
    }
    case 'line':
      writer.start(header);
      writePath(geometry.points, shift);
      break;
    case 'polygon': {
      const { polygons } = geometry;
      const only = polygons.length === 1 && polygons[0]!.length === 1 ? polygons[0]![0]! : undefined;
      writer.start(only ? header | FLAG : header);
      if (only) {
        writePath(only, shift);
        break;
      }
      writer.writeUnsigned(polygons.length);
      for (const rings of polygons) {
        writer.writeUnsigned(rings.length);
        for (const ring of rings) writePath(ring, shift);
      }
      break;
    }
    case 'image':
      writer.start(header);
      break;
  }
  return writer.finish();
}

function writePath(points: readonly number[], shift: number): void {
  writer.writeUnsigned(points.length / 2);
  for (let i = 0; i < points.length; i += 2)
    writer.writePoint(toGrid(points[i]!) >> shift, toGrid(points[i + 1]!) >> shift);
}

/** Gives how many low bits (0 to 8) are 0 in all numbers of a geometry: 8 for whole pixels. */
function commonShift(geometry: Geometry): number {
  const bits = usedBits(geometry);
  return bits === 0 ? MAX_SHIFT : Math.min(MAX_SHIFT, 31 - Math.clz32(bits & -bits));
}

/** Gives all numbers of a geometry or-ed together, in grid steps, each checked for its range on the way. */
function usedBits(geometry: Geometry): number {
  switch (geometry.kind) {
    case 'point':
      return bitsOf(geometry.x) | bitsOf(geometry.y);
    case 'box':
      return bitsOf(geometry.x) | bitsOf(geometry.y) | bitsOfSize(geometry.width) | bitsOfSize(geometry.height);
    case 'ellipse':
      return bitsOf(geometry.cx) | bitsOf(geometry.cy) | bitsOfSize(geometry.rx) | bitsOfSize(geometry.ry);
    case 'line':
      return bitsOfList(geometry.points);
    case 'polygon': {
      let bits = 0;
      for (const rings of geometry.polygons) for (const ring of rings) bits |= bitsOfList(ring);
      return bits;
    }
    case 'image':
      return 1; // no numbers: shift 0 by convention
  }
}

function bitsOfList(list: readonly number[]): number {
  let bits = 0;
  for (let i = 0; i < list.length; i++) bits |= bitsOf(list[i]!);
  return bits;
}

function bitsOf(px: number): number {
  const steps = toGrid(px);
  // Written so that NaN fails, too.
  if (steps >= -MAX_STEPS && steps <= MAX_STEPS) return steps;
  throw outOfRange(px);
}

/** A size reaches at most from one end of the range to the other. */
function bitsOfSize(px: number): number {
  const steps = toGrid(px);
  if (steps >= 0 && steps <= 2 * MAX_STEPS) return steps;
  throw outOfRange(px);
}

function outOfRange(px: number): GeometryError {
  return new GeometryError(
    'GEOMETRY_OUT_OF_RANGE',
    `${px} px cannot be packed; coordinates run from -${MAX_COORDINATE} to ${MAX_COORDINATE}. Check the geometry first.`,
  );
}

/**
 * Unpacks the geometry that begins at `offset`; bytes after its end are not looked at.
 *
 * Checks the form, not the shape: bytes from outside go through `checkGeometry` afterwards. Memory stays below a small
 * multiple of the bytes given.
 *
 * @throws {@link GeometryError} `GEOMETRY_PACKED` for bytes that {@link encodeGeometry} cannot have written
 */
export function decodeGeometry(bytes: Uint8Array, offset = 0): Geometry {
  const { kind, shift, hasFlag } = readHeader(bytes, offset);
  const reader = new PackedReader(bytes, offset + 1, 2 ** shift / GRID);
  switch (kind) {
    case 'point': {
      const [x, y] = reader.readPoints(1) as [number, number];
      return { kind, x, y };
    }
    case 'box': {
      const [x, y] = reader.readPoints(1) as [number, number];
      const box = { kind, x, y, width: reader.readSize(), height: reader.readSize() };
      return hasFlag ? { ...box, angle: reader.readSigned() / ANGLE_STEPS } : box;
    }
    case 'ellipse': {
      const [cx, cy] = reader.readPoints(1) as [number, number];
      const ellipse = { kind, cx, cy, rx: reader.readSize(), ry: reader.readSize() };
      return hasFlag ? { ...ellipse, angle: reader.readSigned() / ANGLE_STEPS } : ellipse;
    }
    case 'line':
      return { kind, points: reader.readPoints(reader.readCount(2, MAX_VERTICES, 2)) };
    case 'polygon':
      return { kind, polygons: hasFlag ? [[readRing(reader)]] : readPolygons(reader) };
    case 'image':
      return { kind };
  }
}

function readPolygons(reader: PackedReader): number[][][] {
  const polygons: number[][][] = [];
  for (let p = reader.readCount(1, MAX_RINGS, 8); p > 0; p--) {
    const rings: number[][] = [];
    for (let r = reader.readCount(1, MAX_RINGS, 7); r > 0; r--) rings.push(readRing(reader));
    polygons.push(rings);
  }
  return polygons;
}

function readRing(reader: PackedReader): number[] {
  return reader.readPoints(reader.readCount(3, MAX_VERTICES, 2));
}

/**
 * Gives the offset just behind the geometry that begins at `offset`, without unpacking it.
 *
 * @throws {@link GeometryError} `GEOMETRY_PACKED` like {@link decodeGeometry}
 */
export function skipGeometry(bytes: Uint8Array, offset = 0): number {
  const { kind, hasFlag } = readHeader(bytes, offset);
  const reader = new PackedReader(bytes, offset + 1, 1);
  switch (kind) {
    case 'point':
      reader.skipNumbers(2);
      break;
    case 'box':
    case 'ellipse':
      reader.skipNumbers(hasFlag ? 5 : 4);
      break;
    case 'line':
      reader.skipNumbers(2 * reader.readCount(2, MAX_VERTICES, 2));
      break;
    case 'polygon':
      for (let p = hasFlag ? 1 : reader.readCount(1, MAX_RINGS, 8); p > 0; p--) {
        for (let r = hasFlag ? 1 : reader.readCount(1, MAX_RINGS, 7); r > 0; r--) {
          reader.skipNumbers(2 * reader.readCount(3, MAX_VERTICES, 2));
        }
      }
      break;
    case 'image':
      break;
  }
  return reader.offset;
}

/**
 * Reads the kind of a packed geometry from its first byte.
 *
 * @throws {@link GeometryError} `GEOMETRY_PACKED` when there is no such byte or kind
 */
export function packedKind(bytes: Uint8Array, offset = 0): GeometryKind {
  return readHeader(bytes, offset).kind;
}

function readHeader(bytes: Uint8Array, offset: number): { kind: GeometryKind; shift: number; hasFlag: boolean } {
  const byte = headerAt(bytes, offset);
  return { kind: kindOfHeader(byte), shift: shiftOfHeader(byte), hasFlag: hasHeaderFlag(byte) };
}

/** Gives the first byte of a packed geometry, throws `GEOMETRY_PACKED` where there is none or an unknown one. */
export function headerAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) {
    const message = `There is no packed geometry at byte ${offset}: the data have ${bytes.length} bytes.`;
    throw new GeometryError('GEOMETRY_PACKED', message);
  }
  if ((byte & KIND_MASK) >= GEOMETRY_KINDS.length || shiftOfHeader(byte) > MAX_SHIFT) {
    const message = `Byte ${byte} at ${offset} does not begin a packed geometry. Were the data cut or damaged?`;
    throw new GeometryError('GEOMETRY_PACKED', message);
  }
  return byte;
}

// `!`: checked by headerAt
export const kindOfHeader = (byte: number): GeometryKind => GEOMETRY_KINDS[byte & KIND_MASK]!;
export const shiftOfHeader = (byte: number): number => (byte & ~FLAG) >> SHIFT_AT;
export const hasHeaderFlag = (byte: number): boolean => byte >= FLAG;
