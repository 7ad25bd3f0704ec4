const PAINTING = [
  'fill',
  'stroke',
  'fillRect',
  'strokeRect',
  'fillText',
  'strokeText',
  'drawImage',
  'putImageData',
] as const;

/**
 * Notices whether anything is painted on a canvas. A sheet that stays empty need not be laid over the image: without a graphics card
 * the browser mixes each sheet in with every frame, which costs about a millisecond at 1200 × 800.
 *
 * @returns tells whether anything was painted since it was last asked
 */
export function watchPainting(ctx: CanvasRenderingContext2D): () => boolean {
  let isPainted = false;
  for (const name of PAINTING) {
    const paint = ctx[name] as (...args: unknown[]) => void;
    Object.assign(ctx, {
      [name](...args: unknown[]): void {
        isPainted = true;
        paint.apply(ctx, args);
      },
    });
  }
  return () => {
    const was = isPainted;
    isPainted = false;
    return was;
  };
}
