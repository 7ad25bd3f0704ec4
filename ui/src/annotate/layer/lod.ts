/** Shapes smaller than this on the screen (device pixels) are one pixel. */
export const PIXEL_LIMIT = 1.5;

/** Marks of this size on the screen (CSS pixels) and above are rings: filled, the larger ones would hide the image and each other. */
export const RING_FROM = 6;
/** Width of their line, CSS pixels. */
export const RING_WIDTH = 1.5;

/**
 * Size on the screen (device pixels) below which the canvas renderer writes outlines into pixels itself instead of stroking
 * paths. Stroking is finer (antialiased, any width) but 20 times dearer, so it is kept while there is time for it.
 */
export function rasterLimit(shapesInView: number): number {
  if (shapesInView <= 1500) return PIXEL_LIMIT;
  if (shapesInView <= 5000) return 8;
  return shapesInView <= 20_000 ? 24 : 64;
}

/** Every how many vertices one is drawn: about two for each pixel of the size, never fewer than eight for a ring. */
export function vertexStride(vertices: number, sizePx: number): number {
  return Math.max(1, Math.floor(vertices / Math.max(8, 2 * sizePx)));
}

/** Diameter of a point's marker, CSS pixels: large while points are few, a single pixel when they would cover the image. */
export function markerSize(shapesInView: number): number {
  if (shapesInView <= 2000) return 9;
  if (shapesInView <= 20_000) return 5;
  return shapesInView <= 100_000 ? 2 : 1;
}

/** Which of its outlines a chunk of shapes is drawn with by WebGL. `sizePx` are device pixels. */
export function chunkLevel(meanSizePx: number, largestPx: number): 'points' | 'coarse' | 'full' {
  if (largestPx < PIXEL_LIMIT) return 'points';
  return meanSizePx < 12 ? 'coarse' : 'full';
}
