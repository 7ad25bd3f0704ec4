import { GeometryError } from './errors.ts';

/** Writes the integers of the packed format into a buffer that grows. One is reused for all geometries of a thread. */
export class PackedWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  #lastX = 0;
  #lastY = 0;

  /** Begins a new geometry. */
  start(header: number): void {
    this.#length = 0;
    this.#lastX = 0;
    this.#lastY = 0;
    this.#bytes[this.#length++] = header;
  }

  /** Writes a whole number of 0 to 2^32 - 1, seven bits a byte, low bits first; the high bit says that more follow. */
  writeUnsigned(value: number): void {
    if (this.#length + 5 > this.#bytes.length) this.#grow();
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Writes a whole number of ±2^31 so that small ones of either sign take few bits: 0, -1, 1, -2, … → 0, 1, 2, 3, … */
  writeSigned(value: number): void {
    this.writeUnsigned(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Writes a point as its difference from the one before. */
  writePoint(x: number, y: number): void {
    this.writeSigned(x - this.#lastX);
    this.writeSigned(y - this.#lastY);
    this.#lastX = x;
    this.#lastY = y;
  }

  /** Gives a copy of what was written since `start`. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what {@link PackedWriter} wrote. Throws `GEOMETRY_PACKED` on anything else. */
export class PackedReader {
  #bytes: Uint8Array;
  /** Where the next byte is read. */
  offset: number;
  #end: number;
  #lastX = 0;
  #lastY = 0;
  #unit: number;

  constructor(bytes: Uint8Array, offset: number, unit: number) {
    this.#bytes = bytes;
    this.offset = offset;
    this.#end = bytes.length;
    this.#unit = unit;
  }

  /** Begins another geometry, which ends at `end`. */
  start(bytes: Uint8Array, offset: number, end: number, unit: number): void {
    this.#bytes = bytes;
    this.offset = offset;
    this.#end = Math.min(end, bytes.length);
    this.#lastX = 0;
    this.#lastY = 0;
    this.#unit = unit;
  }

  readUnsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.offset >= this.#end) throw this.#tooShort(this.offset);
      const byte = this.#bytes[this.offset++]!;
      if (shift === 28 && byte > 15) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw this.#tooLarge(this.offset);
  }

  readSigned(): number {
    const value = this.readUnsigned();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads a size in pixels. */
  readSize(): number {
    return this.readUnsigned() * this.#unit;
  }

  /** Reads a count of things of at least `minBytes` bytes each: what cannot follow is refused before memory is taken. */
  readCount(min: number, max: number, minBytes: number): number {
    const count = this.readUnsigned();
    if (count >= min && count <= max && count * minBytes <= this.#end - this.offset) return count;
    const left = this.#end - this.offset;
    throw new GeometryError(
      'GEOMETRY_PACKED',
      `The packed geometry announces ${count} parts before byte ${this.offset}; ${min} to ${max} are allowed and ${left} bytes follow.`,
    );
  }

  /** Reads points as flat pixels. */
  readPoints(count: number): number[] {
    const points = new Array<number>(count * 2);
    this.readPointsInto(points, 0, count);
    return points;
  }

  /** The same, written to a list from an index on. */
  readPointsInto(target: number[] | Float64Array, at: number, count: number): void {
    const bytes = this.#bytes;
    const limit = this.#end;
    const unit = this.#unit;
    let offset = this.offset;
    // Each number counts from the one two before it.
    let before = this.#lastX;
    let last = this.#lastY;
    const end = at + 2 * count;
    for (let i = at; i < end; i++) {
      // As readSigned, but in place: hundreds of thousands of numbers pass here before a new page has compiled anything.
      let value = 0;
      let byte = 128;
      for (let shift = 0; byte > 127; shift += 7) {
        if (offset >= limit) throw this.#tooShort(offset);
        byte = bytes[offset++]!;
        if (shift === 28 && byte > 15) throw this.#tooLarge(offset);
        value |= (byte & 127) << shift;
      }
      const next = before + ((value >>> 1) ^ -(value & 1));
      target[i] = next * unit;
      before = last;
      last = next;
    }
    this.offset = offset;
    this.#lastX = before;
    this.#lastY = last;
  }

  /** Passes over numbers without reading them. */
  skipNumbers(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.offset >= this.#end) throw this.#tooShort(this.offset);
      const byte = this.#bytes[this.offset++]!;
      if (byte < 128) left--;
    }
  }

  #tooLarge(offset: number): GeometryError {
    const message = `The packed geometry has a number above 32 bits before byte ${offset}.`;
    return new GeometryError('GEOMETRY_PACKED', message);
  }

  #tooShort(offset: number): GeometryError {
    return new GeometryError('GEOMETRY_PACKED', `The packed geometry ends too early, at byte ${offset}.`);
  }
}
