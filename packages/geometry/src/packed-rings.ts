import { GRID } from './geometry.ts';
import { MAX_RINGS, MAX_VERTICES } from './grid.ts';
import { PackedReader } from './packed-numbers.ts';
import { hasHeaderFlag, headerAt, kindOfHeader, shiftOfHeader } from './packed.ts';
import type { RingList } from './ring-list.ts';

// Reading is synchronous, so one reader serves all calls.
const reader = new PackedReader(new Uint8Array(0), 0, 1);

/**
 * Reads the rings of a packed geometry, the same numbers as `decodeGeometry` gives, without making it: for very many on their way to
 * the screen. A box is the ring of its corners. Rings are in the order and direction in which they are stored.
 *
 * @param end   - where the bytes of the geometry end
 * @param rings - is cleared and filled
 * @returns false where it has no rings in its bytes: a turned box, an ellipse, the whole image
 * @throws {@link GeometryError} `GEOMETRY_PACKED` like `decodeGeometry`
 */
export function readRings(bytes: Uint8Array, start: number, end: number, rings: RingList): boolean {
  rings.clear();
  const header = headerAt(bytes, start);
  const hasFlag = hasHeaderFlag(header);
  reader.start(bytes, start + 1, end, (1 << shiftOfHeader(header)) / GRID);
  switch (kindOfHeader(header)) {
    case 'point':
      readRing(1, rings);
      return true;
    case 'box': {
      if (hasFlag) return false;
      const at = rings.open(8);
      reader.readPointsInto(rings.xy, at, 1);
      const { xy } = rings;
      const [x, y] = [xy[at]!, xy[at + 1]!];
      const right = x + reader.readSize();
      const bottom = y + reader.readSize();
      xy[at + 2] = xy[at + 4] = right;
      xy[at + 3] = y;
      xy[at + 5] = xy[at + 7] = bottom;
      xy[at + 6] = x;
      return true;
    }
    case 'line':
      readRing(reader.readCount(2, MAX_VERTICES, 2), rings);
      return true;
    case 'polygon':
      for (let p = hasFlag ? 1 : reader.readCount(1, MAX_RINGS, 8); p > 0; p--) {
        const count = hasFlag ? 1 : reader.readCount(1, MAX_RINGS, 7);
        for (let r = 0; r < count; r++) readRing(reader.readCount(3, MAX_VERTICES, 2), rings, r > 0);
      }
      return true;
    default:
      return false;
  }
}

function readRing(vertices: number, rings: RingList, isHole = false): void {
  const at = rings.open(2 * vertices, isHole);
  reader.readPointsInto(rings.xy, at, vertices);
}

/**
 * Gives how many vertices {@link readRings} will read, without reading them; 0 where it reads none.
 *
 * @throws {@link GeometryError} `GEOMETRY_PACKED` like `decodeGeometry`
 */
export function countVertices(bytes: Uint8Array, start: number, end: number): number {
  const header = headerAt(bytes, start);
  const hasFlag = hasHeaderFlag(header);
  reader.start(bytes, start + 1, end, 1);
  switch (kindOfHeader(header)) {
    case 'point':
      return 1;
    case 'box':
      return hasFlag ? 0 : 4;
    case 'line':
      return reader.readCount(2, MAX_VERTICES, 2);
    case 'polygon': {
      if (hasFlag) return reader.readCount(3, MAX_VERTICES, 2);
      let vertices = 0;
      for (let p = reader.readCount(1, MAX_RINGS, 8); p > 0; p--) {
        for (let r = reader.readCount(1, MAX_RINGS, 7); r > 0; r--) {
          const count = reader.readCount(3, MAX_VERTICES, 2);
          reader.skipNumbers(2 * count);
          vertices += count;
        }
      }
      return vertices;
    }
    default:
      return 0;
  }
}
