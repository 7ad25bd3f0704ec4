/**
 * Reads single pixels of a canvas. The pixel is first copied to a sheet of one pixel: reading from the large canvas itself
 * makes browsers move it off the graphics card.
 */
export function createPixelReader(): (
  canvas: HTMLCanvasElement,
  x: number,
  y: number,
) => readonly [number, number, number] | undefined {
  const sheet = document.createElement('canvas');
  sheet.width = sheet.height = 1;
  const ctx = sheet.getContext('2d', { willReadFrequently: true });
  return (canvas, x, y) => {
    if (!ctx || canvas.width === 0) return undefined;
    const ratio = canvas.width / (canvas.clientWidth || canvas.width);
    ctx.clearRect(0, 0, 1, 1);
    ctx.drawImage(canvas, Math.floor(x * ratio), Math.floor(y * ratio), 1, 1, 0, 0, 1, 1);
    const [red, green, blue, alpha] = ctx.getImageData(0, 0, 1, 1).data;
    return alpha === 255 ? [red ?? 0, green ?? 0, blue ?? 0] : undefined;
  };
}
