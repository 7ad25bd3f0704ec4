/**
 * Rings one behind the other in typed arrays, used again from one geometry to the next: where a million pass, a list of numbers
 * for each would cost more than what is done with it. A line is a ring that is not closed, a point one of a single vertex.
 */
export class RingList {
  /** Flat level-0 pixels x0, y0, x1, … of all rings. Replaced by a longer one when it is full. */
  xy = new Float64Array(256);
  /** Index in `xy` behind the last number of each ring. */
  ends = new Uint32Array(8);
  /** 1 for a hole. */
  holes = new Uint8Array(8);
  /** Number of rings; beyond it, the arrays hold what is left of earlier geometries. */
  count = 0;

  /** Numbers in `xy` that are filled. */
  get length(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  clear(): void {
    this.count = 0;
  }

  add(ring: ArrayLike<number>, isHole = false): void {
    const start = this.open(ring.length, isHole); // first, as it may replace `xy`
    this.xy.set(ring, start);
  }

  /** Adds a ring of so many numbers that the caller writes from the returned index of `xy` on. */
  open(numbers: number, isHole = false): number {
    const start = this.length;
    if (start + numbers > this.xy.length) this.xy = grown(this.xy, new Float64Array(2 * (start + numbers)));
    if (this.count === this.ends.length) {
      this.ends = grown(this.ends, new Uint32Array(2 * this.count));
      this.holes = grown(this.holes, new Uint8Array(2 * this.count));
    }
    this.holes[this.count] = isHole ? 1 : 0;
    this.ends[this.count++] = start + numbers;
    return start;
  }
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
