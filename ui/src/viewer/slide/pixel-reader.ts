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

/** Standard deviation in CSS pixels: nuclei stay, the texture of fibres and the grain of the sensor go. */
const SOFTEN_PX = 2;

/**
 * Reads all that is shown of a canvas, as it is seen: one pixel for each CSS pixel, with the colour filters that lie over the
 * canvas, and softened a little, for tools that follow colours. Where the image ends, half of a pixel is opaque.
 */
export function createScreenReader(): (
  canvas: HTMLCanvasElement,
) => { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray } | undefined {
  const sheet = document.createElement('canvas');
  const ctx = sheet.getContext('2d', { willReadFrequently: true });
  return (canvas) => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!ctx || width === 0 || height === 0 || canvas.width === 0) return undefined;
    if (sheet.width !== width || sheet.height !== height) Object.assign(sheet, { width, height });
    ctx.filter = 'none';
    ctx.clearRect(0, 0, width, height);
    ctx.filter = [canvas.style.filter, `blur(${SOFTEN_PX}px)`].filter((part) => part !== '').join(' ');
    ctx.drawImage(canvas, 0, 0, width, height);
    return { width, height, data: ctx.getImageData(0, 0, width, height).data };
  };
}
