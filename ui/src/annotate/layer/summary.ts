import type { Bounds, OverviewGrid } from '@exact/geometry';

/** What stands in for shapes that are too many to be loaded. Nothing of it is thinned: each annotation is in one of them. */
export interface Summary {
  /** `shapes`: all in view are (being) loaded. In the others shapes with `PLAIN_FLAG` are not drawn. */
  readonly level: 'shapes' | 'centres' | 'overview';
  readonly marks: readonly MarkTile[];
  readonly grid: CountGrid | undefined;
}

/** Annotations of a part of the image as marks of their size. Arrays have `count` entries. */
export interface MarkTile {
  readonly bounds: Bounds;
  readonly count: number;
  /** Middle of the bounding box, level-0 pixels. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Longer side of the bounding box, level-0 pixels. */
  readonly size: Uint16Array;
  readonly templateIds: ArrayLike<number>;
  /** Place in `templateIds`. */
  readonly templateIndex: Uint16Array;
  readonly flags: Uint8Array;
  /** 1: not drawn. */
  readonly hidden: Uint8Array;
  /** Counts up with changes of `hidden`. */
  readonly version: number;
}

/** Numbers of annotations by template on a grid. */
export interface CountGrid extends OverviewGrid {
  readonly templateIds: readonly number[];
  /** For each template one count a cell, row by row. */
  readonly counts: readonly Uint32Array[];
  /** 1: what lies in this cell is shown otherwise. */
  readonly covered: Uint8Array;
}
