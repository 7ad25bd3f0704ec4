/** Room for vertices that are left behind before anything is swept. */
const SWEPT_FROM = 4096;

/**
 * Vertices of many shapes, x0, y0, x1, … one behind the other, in steps from the corner of each shape's box. Outlines are only ever
 * added at the end; what is not used any more stays until all is written anew.
 */
export class VertexPool<T extends Uint16Array | Float32Array = Uint16Array | Float32Array> {
  /** Level-0 pixels in a step. */
  readonly unit: number;
  xy: T;
  /** Vertices that are filled, and those of them that a shape has. */
  used = 0;
  live = 0;
  private readonly create: (numbers: number) => T;

  constructor(unit: number, create: (numbers: number) => T) {
    this.unit = unit;
    this.create = create;
    this.xy = create(0);
  }

  fits(vertices: number): boolean {
    return (this.used + vertices) * 2 <= this.xy.length;
  }

  /** Whether writing anew would free more than half. */
  get isLoose(): boolean {
    return this.used > SWEPT_FROM && this.live < this.used / 2;
  }

  /** Makes room for so many more. */
  grow(vertices: number): void {
    const xy = this.create((this.used + vertices) * 2);
    xy.set(this.xy.subarray(0, this.used * 2));
    this.xy = xy;
  }

  /** Begins anew, with as much room as before, and gives what was there. */
  restart(): T {
    const { xy } = this;
    this.xy = this.create(xy.length);
    this.used = 0;
    return xy;
  }
}
