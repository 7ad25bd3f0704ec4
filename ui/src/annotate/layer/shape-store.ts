import {
  countVertices,
  GEOMETRY_KINDS,
  GRID,
  readRings,
  RingList,
  type Frame,
  type Geometry,
  type GeometryKind,
} from '@exact/geometry';
import { IdSlots, uuidWords } from './id-slots.ts';
import { outlineInto, signedArea } from './outline.ts';
import { VertexPool } from './vertex-pool.ts';

// Typed arrays are read below their filled length throughout, which the compiler cannot know: hence `!` on their reads.

export const KIND_POINT = GEOMETRY_KINDS.indexOf('point');
export const KIND_LINE = GEOMETRY_KINDS.indexOf('line');
export const KIND_IMAGE = GEOMETRY_KINDS.indexOf('image');
const KIND_POLYGON = GEOMETRY_KINDS.indexOf('polygon');
/** Of a slot whose shape was removed. */
const KIND_NONE = 255;
/** Largest side, in grid steps, of shapes whose vertices fit into sixteen bits. */
const FINE_STEPS = 0xffff;

/** One annotation as the layer knows it. */
export interface Shape {
  /** UUID of the annotation. */
  readonly id: string;
  readonly geometry: Geometry;
  readonly templateId: number;
  /** Eight bits of the caller's own (locked, predicted, verified …), see `Display.hiddenFlags`. Default 0. */
  readonly flags?: number;
}

/** Shapes as they came over the wire. */
export interface ShapeRows {
  readonly frame: Frame;
  /** Which rows are meant. */
  readonly rows: Uint32Array;
  /** `Shape.flags` of each of them, in their order. */
  readonly flags: Uint8Array;
}

/** Room beyond what is needed, as a part of it, where shapes come one by one. */
const SPARE = 0.5;

// The outline that is being put: writing is synchronous, so one list serves all.
const rings = new RingList();

/**
 * Shapes as a struct of arrays. A shape has a slot for as long as it lives; slots of removed shapes are used again.
 *
 * Vertices are offsets from the top left of the shape's box. Loaded shapes of up to 256 px, which are nearly all, have them as 16-bit
 * numbers of 1/256 px, the grid that coordinates lie on; all others as float32 pixels, exact on that grid for shapes up to 65,536 px,
 * where absolute coordinates would not be. Outer rings of polygons turn clockwise on the screen and holes the other way, so that many
 * shapes can be filled in one path by the non-zero rule without cancelling each other.
 */
export class ShapeStore {
  /** Slots that were ever used: all slots are below this. */
  size = 0;
  live = 0;
  /** Template ids in the order first seen; `style` holds indices into it. */
  readonly templates: number[] = [];
  bounds = new Float64Array(0);
  style = new Uint16Array(0);
  flags = new Uint8Array(0);
  kind = new Uint8Array(0);
  firstRing = new Uint32Array(0);
  ringCount = new Uint32Array(0);
  ringStart = new Uint32Array(0);
  ringLength = new Uint32Array(0);
  private isFine = new Uint8Array(0);
  private readonly fine = new VertexPool(1 / GRID, (numbers) => new Uint16Array(numbers));
  private readonly wide = new VertexPool(1, (numbers) => new Float32Array(numbers));

  private readonly ids = new IdSlots();
  private readonly free: number[] = [];
  private readonly templateIndex = new Map<number, number>();
  private rings = 0;

  isLive(slot: number): boolean {
    return this.kind[slot] !== KIND_NONE;
  }

  slotOf(id: string): number | undefined {
    return this.ids.slotOf(id);
  }

  /** Of a living shape. */
  idOf(slot: number): string {
    return this.ids.idOf(slot);
  }

  /** Slots of all living shapes. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.size; slot++) if (this.isLive(slot)) yield slot;
  }

  kindOf(slot: number): GeometryKind {
    return GEOMETRY_KINDS[this.kind[slot]!]!;
  }

  /** Where the vertices of a shape lie, `ringStart` and `ringLength` say: `xy` of it, in `unit` pixels. */
  verticesOf(slot: number): VertexPool {
    return this.isFine[slot] === 1 ? this.fine : this.wide;
  }

  /** Adds a shape, or replaces the one with its id. Returns its slot. */
  put(shape: Shape): number {
    let slot = this.slotOf(shape.id);
    if (slot === undefined) this.ids.set(shape.id, (slot = this.takeSlot()));
    else this.leaveVertices(slot);
    this.setTemplate(slot, shape.templateId);
    this.flags[slot] = shape.flags ?? 0;
    this.setGeometry(slot, shape.geometry);
    return slot;
  }

  /** Adds or replaces shapes without making objects of them, and adds their slots to `slots`. */
  putRows({ frame, rows, flags }: ShapeRows, slots: number[]): void {
    const { geometry, offsets, templateIds, kinds } = frame;
    const uuids = uuidWords(frame.uuids);
    this.reserve(frame, rows);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const free = this.free.at(-1) ?? this.size;
      const slot = this.ids.slotFor(uuids, 4 * row, free);
      if (slot === free) this.takeSlot();
      else this.leaveVertices(slot);
      this.setTemplate(slot, templateIds[row]!);
      this.flags[slot] = flags[i]!;
      if (readRings(geometry, offsets[row]!, offsets[row + 1]!, rings)) this.write(slot, kinds[row]!, true);
      else this.setGeometry(slot, frame.geometryAt(row));
      slots.push(slot);
    }
  }

  setTemplate(slot: number, templateId: number): void {
    this.style[slot] = this.styleOf(templateId);
  }

  /** Place of a template in `templates`, where it is put unless it is there. */
  styleOf(templateId: number): number {
    let index = this.templateIndex.get(templateId);
    if (index === undefined) {
      index = this.templates.push(templateId) - 1;
      this.templateIndex.set(templateId, index);
    }
    return index;
  }

  replaceGeometry(slot: number, geometry: Geometry): void {
    this.leaveVertices(slot);
    this.setGeometry(slot, geometry);
  }

  /** Frees the slot of a shape and returns it, or `undefined` where there is none of this id. */
  remove(id: string): number | undefined {
    const slot = this.slotOf(id);
    if (slot === undefined) return undefined;
    this.leaveVertices(slot);
    this.ids.free(slot);
    this.kind[slot] = KIND_NONE;
    this.ringCount[slot] = 0;
    this.free.push(slot);
    this.live--;
    return slot;
  }

  vertexCount(slot: number): number {
    let count = 0;
    const first = this.firstRing[slot]!;
    for (let r = first; r < first + this.ringCount[slot]!; r++) count += this.ringLength[r]!;
    return count;
  }

  /** A slot without id, for another living shape. */
  private takeSlot(): number {
    const slot = this.free.pop() ?? this.size++;
    if (slot * 4 >= this.bounds.length) this.growSlots(Math.ceil((slot + 1) * 1.5));
    this.live++;
    return slot;
  }

  /** Makes room at once: growing by steps costs a bulk load half of its time in copies and page faults. */
  private reserve({ geometry, offsets, widths, heights }: Frame, rows: Uint32Array): void {
    let [fine, wide] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const vertices = countVertices(geometry, offsets[row]!, offsets[row + 1]!);
      if (widths[row]! <= FINE_STEPS && heights[row]! <= FINE_STEPS) fine += vertices;
      else wide += vertices;
    }
    const slots = this.size + Math.max(0, rows.length - this.free.length);
    this.growSlots(slots);
    this.ids.reserve(rows.length, slots);
    this.makeRoom(this.fine, fine, rows.length, 0);
    this.makeRoom(this.wide, wide, rows.length, 0);
  }

  private setGeometry(slot: number, geometry: Geometry): void {
    outlineInto(geometry, rings);
    this.write(slot, GEOMETRY_KINDS.indexOf(geometry.kind), false);
  }

  /** Gives a slot, which has no vertices, the outline that lies in `rings`. */
  private write(slot: number, kind: number, isOnGrid: boolean): void {
    const { xy, ends, holes, count, length } = rings;
    let minX = Infinity;
    let minY = Infinity;
    let maxX = -Infinity;
    let maxY = -Infinity;
    for (let i = 0; i < length; i += 2) {
      const x = xy[i]!;
      const y = xy[i + 1]!;
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
    this.kind[slot] = kind;
    this.bounds[slot * 4] = minX;
    this.bounds[slot * 4 + 1] = minY;
    this.bounds[slot * 4 + 2] = maxX;
    this.bounds[slot * 4 + 3] = maxY;
    const isFine = isOnGrid && Math.max(maxX - minX, maxY - minY) * GRID <= FINE_STEPS;
    const pool = isFine ? this.fine : this.wide;
    this.isFine[slot] = isFine ? 1 : 0;
    this.ringCount[slot] = 0;
    this.makeRoom(pool, length >> 1, count, SPARE);
    this.firstRing[slot] = this.rings;
    this.ringCount[slot] = count;
    const to = pool.xy;
    const steps = 1 / pool.unit;
    let start = 0;
    for (let r = 0; r < count; r++) {
      const end = ends[r]!;
      this.ringStart[this.rings] = pool.used;
      this.ringLength[this.rings++] = (end - start) >> 1;
      const isTurned = kind === KIND_POLYGON && signedArea(xy, start, end) >= 0 === (holes[r] === 1);
      const step = isTurned ? -2 : 2;
      let at = pool.used * 2;
      for (let i = isTurned ? end - 2 : start; i >= start && i < end; i += step) {
        to[at++] = (xy[i]! - minX) * steps;
        to[at++] = (xy[i + 1]! - minY) * steps;
      }
      pool.used += (end - start) >> 1;
      start = end;
    }
    pool.live += length >> 1;
  }

  private growSlots(slots: number): void {
    if (slots * 4 <= this.bounds.length) return;
    this.bounds = grown(this.bounds, new Float64Array(slots * 4));
    this.style = grown(this.style, new Uint16Array(slots));
    this.flags = grown(this.flags, new Uint8Array(slots));
    this.kind = grown(this.kind, new Uint8Array(slots));
    this.isFine = grown(this.isFine, new Uint8Array(slots));
    this.firstRing = grown(this.firstRing, new Uint32Array(slots));
    this.ringCount = grown(this.ringCount, new Uint32Array(slots));
  }

  /** Makes room for more, and for `spare` of what is there then, too. */
  private makeRoom(pool: VertexPool, vertices: number, rings: number, spare: number): void {
    if (pool.fits(vertices) && this.rings + rings <= this.ringStart.length) return;
    // Dragging a vertex of a large polygon leaves an old outline behind at each step, moving over a slide the shapes of whole cells:
    // sweep before growing.
    if (pool.isLoose) this.sweep();
    if (!pool.fits(vertices)) pool.grow(vertices + Math.ceil((pool.used + vertices) * spare));
    this.growRings(this.rings + rings + Math.ceil((this.rings + rings) * spare));
  }

  private growRings(rings: number): void {
    if (rings <= this.ringStart.length) return;
    this.ringStart = grown(this.ringStart, new Uint32Array(rings));
    this.ringLength = grown(this.ringLength, new Uint32Array(rings));
  }

  private leaveVertices(slot: number): void {
    this.verticesOf(slot).live -= this.vertexCount(slot);
  }

  /** Writes the outlines of all shapes anew, without what was left behind. */
  private sweep(): void {
    const from = { fine: this.fine.restart(), wide: this.wide.restart() };
    const ringStart = new Uint32Array(this.ringStart.length);
    const ringLength = new Uint32Array(this.ringLength.length);
    let count = 0;
    for (let slot = 0; slot < this.size; slot++) {
      const pool = this.verticesOf(slot);
      const source = this.isFine[slot] === 1 ? from.fine : from.wide;
      const first = this.firstRing[slot]!;
      this.firstRing[slot] = count;
      for (let r = first; r < first + this.ringCount[slot]!; r++) {
        const start = this.ringStart[r]!;
        const length = this.ringLength[r]!;
        pool.xy.set(source.subarray(start * 2, (start + length) * 2), pool.used * 2);
        ringStart[count] = pool.used;
        ringLength[count++] = length;
        pool.used += length;
      }
    }
    this.ringStart = ringStart;
    this.ringLength = ringLength;
    this.rings = count;
  }
}

function grown<T extends Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
