/** From how many annotations on less than all is loaded. Numbers of annotations. */
export interface Limits {
  /** Up to so many are all loaded at once (some 6 MB, a third of a second); beyond, what the view needs. */
  readonly whole: number;
  /** In view, shown as shapes: 2 MB, and as many as can be drawn in a frame without a graphics card. */
  readonly shapes: number;
  /** In view, shown as centres: 4 MB. */
  readonly centres: number;
  /** More large shapes than this are not held at all times, but come with the others. */
  readonly large: number;
  /** In one request, about. */
  readonly shapesInCell: number;
  readonly centresInCell: number;
  /** In memory: a shape takes some 240 bytes here and in the scene, a centre 15. */
  readonly shapesKept: number;
  readonly centresKept: number;
  /** Around a clicked point, looked through where shapes are not loaded. */
  readonly found: number;
}

export const DEFAULT_LIMITS: Limits = {
  whole: 50_000,
  shapes: 20_000,
  centres: 300_000,
  large: 20_000,
  shapesInCell: 1500,
  centresInCell: 20_000,
  shapesKept: 60_000,
  centresKept: 1_000_000,
  found: 5000,
};
