import { LARGE_PX, type Bounds, type Centres } from '@exact/geometry';
import type { MarkTile } from '../layer/index.ts';
import type { CountedAs } from './own-changes.ts';

/** Centres of one part of the image, ready to be drawn. */
export class CentreTile implements MarkTile {
  readonly bounds: Bounds;
  readonly count: number;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly size: Uint16Array;
  readonly templateIds: Uint32Array;
  readonly templateIndex: Uint16Array;
  readonly flags: Uint8Array;
  readonly hidden: Uint8Array;
  version = 0;
  /** When it was asked for, see `OwnChanges`. */
  readonly askedAt: number;
  /** What another part shows, or what is drawn as a shape: hidden for good. */
  private readonly outside: Uint8Array;

  /** @param withoutLarge - large shapes are drawn as such, so that what has their size here is a label without a place */
  constructor(centres: Centres, bounds: Bounds, askedAt: number, withoutLarge: boolean) {
    this.bounds = bounds;
    this.askedAt = askedAt;
    this.count = centres.count;
    this.x = centres.x;
    this.y = centres.y;
    this.size = centres.size;
    this.templateIds = centres.templateIds;
    this.templateIndex = centres.templateIndex;
    this.flags = centres.flags;
    const largest = withoutLarge ? LARGE_PX : 0xff_ff;
    // what reaches over a border is in the answers for both sides, and counts where its middle is
    this.outside = Uint8Array.from(centres.size, (size, i) =>
      size < largest && this.has(centres.x[i] ?? 0, centres.y[i] ?? 0) ? 0 : 1,
    );
    this.hidden = this.outside.slice();
  }

  has(x: number, y: number): boolean {
    const { minX, minY, maxX, maxY } = this.bounds;
    return x >= minX && x < maxX && y >= minY && y < maxY;
  }
  holds({ bounds: b }: CountedAs): boolean {
    return this.has(Math.floor((b.minX + b.maxX) / 2), Math.floor((b.minY + b.maxY) / 2));
  }

  /** Hides one mark for each of these places, and shows all others. */
  hide(places: Iterable<CountedAs>): void {
    this.hidden.set(this.outside);
    for (const place of places) {
      if (!this.holds(place)) continue;
      const { bounds: b, templateId } = place;
      const [x, y] = [Math.floor((b.minX + b.maxX) / 2), Math.floor((b.minY + b.maxY) / 2)];
      for (let i = this.x.indexOf(x); i >= 0; i = this.x.indexOf(x, i + 1)) {
        if (this.y[i] !== y || this.hidden[i] === 1) continue;
        if (this.templateIds[this.templateIndex[i] ?? 0] !== templateId) continue;
        this.hidden[i] = 1;
        break;
      }
    }
    this.version += 1;
  }
}
