import { GEOMETRY_KINDS, type Geometry, type GeometryKind } from '@exact/geometry';
import { outlineRings } from './outline.ts';

// Typed arrays are read below their filled length throughout, which the compiler cannot know: hence `!` on their reads.

export const KIND_POINT = GEOMETRY_KINDS.indexOf('point');
export const KIND_LINE = GEOMETRY_KINDS.indexOf('line');
export const KIND_IMAGE = GEOMETRY_KINDS.indexOf('image');

/** One annotation as the layer knows it. */
export interface Shape {
  /** UUID of the annotation. */
  readonly id: string;
  readonly geometry: Geometry;
  readonly templateId: number;
  /** Eight bits of the caller's own (locked, predicted, verified …), see `Display.hiddenFlags`. Default 0. */
  readonly flags?: number;
}

/**
 * Shapes as a struct of arrays. A shape has a slot for as long as it lives; slots of removed shapes are used again.
 * Vertices are offsets from the top left of the shape's box: in float32 they are exact to the 1/256 px grid for shapes
 * up to 65,536 px, where absolute coordinates would not be.
 */
export class ShapeStore {
  /** Slots that were ever used: all slots are below this. */
  size = 0;
  live = 0;
  readonly ids: (string | undefined)[] = [];
  readonly slotOf = new Map<string, number>();
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
  xy = new Float32Array(0);

  private readonly free: number[] = [];
  private readonly templateIndex = new Map<number, number>();
  private rings = 0;
  private vertices = 0;
  private liveVertices = 0;

  isLive(slot: number): boolean {
    return this.ids[slot] !== undefined;
  }

  kindOf(slot: number): GeometryKind {
    return GEOMETRY_KINDS[this.kind[slot]!]!;
  }

  /** Makes room at once: growing by steps costs a bulk load half of its time in copies and page faults. */
  reserve(shapes: readonly Shape[]): void {
    this.growSlots(this.size + shapes.length);
    let vertices = 0;
    let rings = 0;
    for (const { geometry } of shapes) {
      if (geometry.kind === 'polygon') {
        for (const polygon of geometry.polygons) {
          rings += polygon.length;
          for (const ring of polygon) vertices += ring.length >> 1;
        }
        continue;
      }
      rings += 1;
      vertices += geometry.kind === 'line' ? geometry.points.length >> 1 : 4;
    }
    this.growVertices(this.vertices + vertices);
    this.growRings(this.rings + rings);
  }

  /** Adds a shape, or replaces the one with its id. Returns its slot. */
  put(shape: Shape): number {
    let slot = this.slotOf.get(shape.id);
    if (slot === undefined) {
      slot = this.free.pop() ?? this.size++;
      if (slot * 4 >= this.bounds.length) this.growSlots(Math.ceil((slot + 1) * 1.5));
      this.ids[slot] = shape.id;
      this.slotOf.set(shape.id, slot);
      this.live++;
    } else {
      this.liveVertices -= this.vertexCount(slot);
    }
    this.setTemplate(slot, shape.templateId);
    this.flags[slot] = shape.flags ?? 0;
    this.setGeometry(slot, shape.geometry);
    return slot;
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
    this.liveVertices -= this.vertexCount(slot);
    this.setGeometry(slot, geometry);
  }

  /** Frees the slot of a shape and returns it, or `undefined` where there is none of this id. */
  remove(id: string): number | undefined {
    const slot = this.slotOf.get(id);
    if (slot === undefined) return undefined;
    this.liveVertices -= this.vertexCount(slot);
    this.slotOf.delete(id);
    this.ids[slot] = undefined;
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

  private setGeometry(slot: number, geometry: Geometry): void {
    const rings = outlineRings(geometry);
    let minX = Infinity;
    let minY = Infinity;
    let maxX = -Infinity;
    let maxY = -Infinity;
    let count = 0;
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const x = ring[i]!;
        const y = ring[i + 1]!;
        if (x < minX) minX = x;
        if (x > maxX) maxX = x;
        if (y < minY) minY = y;
        if (y > maxY) maxY = y;
      }
      count += ring.length >> 1;
    }
    this.kind[slot] = GEOMETRY_KINDS.indexOf(geometry.kind);
    this.bounds[slot * 4] = minX;
    this.bounds[slot * 4 + 1] = minY;
    this.bounds[slot * 4 + 2] = maxX;
    this.bounds[slot * 4 + 3] = maxY;
    this.makeRoom(count, rings.length);
    this.firstRing[slot] = this.rings;
    this.ringCount[slot] = rings.length;
    for (const ring of rings) {
      this.ringStart[this.rings] = this.vertices;
      this.ringLength[this.rings++] = ring.length >> 1;
      let to = this.vertices * 2;
      for (let i = 0; i < ring.length; i += 2) {
        this.xy[to++] = ring[i]! - minX;
        this.xy[to++] = ring[i + 1]! - minY;
      }
      this.vertices += ring.length >> 1;
    }
    this.liveVertices += count;
  }

  private growSlots(slots: number): void {
    if (slots * 4 <= this.bounds.length) return;
    this.bounds = grown(this.bounds, new Float64Array(slots * 4));
    this.style = grown(this.style, new Uint16Array(slots));
    this.flags = grown(this.flags, new Uint8Array(slots));
    this.kind = grown(this.kind, new Uint8Array(slots));
    this.firstRing = grown(this.firstRing, new Uint32Array(slots));
    this.ringCount = grown(this.ringCount, new Uint32Array(slots));
  }

  private makeRoom(vertices: number, rings: number): void {
    const needsVertices = (this.vertices + vertices) * 2 > this.xy.length;
    const needsRings = this.rings + rings > this.ringStart.length;
    if (!needsVertices && !needsRings) return;
    // Dragging a vertex of a large polygon leaves an old outline behind at each step: sweep before growing.
    if (this.vertices > 4096 && this.liveVertices < this.vertices / 2) this.compact();
    if ((this.vertices + vertices) * 2 > this.xy.length)
      this.growVertices(Math.ceil((this.vertices + vertices) * 1.5) + 512);
    if (this.rings + rings > this.ringStart.length) this.growRings(Math.ceil((this.rings + rings) * 1.5) + 256);
  }

  private growVertices(vertices: number): void {
    if (vertices * 2 > this.xy.length) this.xy = grown(this.xy, new Float32Array(vertices * 2));
  }

  private growRings(rings: number): void {
    if (rings <= this.ringStart.length) return;
    this.ringStart = grown(this.ringStart, new Uint32Array(rings));
    this.ringLength = grown(this.ringLength, new Uint32Array(rings));
  }

  private compact(): void {
    const xy = new Float32Array(this.xy.length);
    const ringStart = new Uint32Array(this.ringStart.length);
    const ringLength = new Uint32Array(this.ringLength.length);
    let vertices = 0;
    let rings = 0;
    for (let slot = 0; slot < this.size; slot++) {
      const first = this.firstRing[slot]!;
      this.firstRing[slot] = rings;
      for (let r = first; r < first + this.ringCount[slot]!; r++) {
        const start = this.ringStart[r]!;
        const length = this.ringLength[r]!;
        xy.set(this.xy.subarray(start * 2, (start + length) * 2), vertices * 2);
        ringStart[rings] = vertices;
        ringLength[rings++] = length;
        vertices += length;
      }
    }
    Object.assign(this, { xy, ringStart, ringLength, vertices, rings });
  }
}

function grown<T extends Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
