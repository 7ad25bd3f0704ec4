import type { Window } from '@exact/scores';

export type ToScreen = (x: number, y: number) => { readonly x: number; readonly y: number };

/** Above this number marks would be a carpet, and cost the frame. */
export const MAX_MARKS = 5000;

/** A box of level-0 pixels in a dark and a light line, to be seen on any tissue. */
export function drawWindow(
  canvas: CanvasRenderingContext2D,
  toScreen: ToScreen,
  { x, y, width, height }: Window,
  isDashed: boolean,
): void {
  canvas.beginPath();
  for (const [across, down] of [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ] as const) {
    const at = toScreen(across, down);
    canvas.lineTo(at.x, at.y);
  }
  canvas.closePath();
  for (const [strokeStyle, lineWidth] of [
    ['rgb(0 0 0 / 0.75)', 5],
    ['#fff', 2],
  ] as const) {
    canvas.setLineDash(isDashed && lineWidth === 2 ? [10, 6] : []);
    Object.assign(canvas, { strokeStyle, lineWidth });
    canvas.stroke();
  }
  canvas.setLineDash([]);
}

/** A ring about a cell, with its number where there is one. */
export function drawRing(
  canvas: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  {
    radius,
    colour,
    label,
    isStrong = false,
  }: {
    readonly radius: number;
    readonly colour: string;
    readonly label?: string | undefined;
    readonly isStrong?: boolean;
  },
): void {
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, 2 * Math.PI);
  for (const [strokeStyle, lineWidth] of [
    ['rgb(0 0 0 / 0.75)', isStrong ? 8 : 4.5],
    [colour, isStrong ? 4 : 2],
  ] as const) {
    Object.assign(canvas, { strokeStyle, lineWidth });
    canvas.stroke();
  }
  if (label !== undefined) drawLabel(canvas, { x: x + radius + 3, y: y - radius }, label);
}

/** Words over the image, `at` their lower left corner. */
export function drawLabel(
  canvas: CanvasRenderingContext2D,
  at: { readonly x: number; readonly y: number },
  text: string,
): void {
  canvas.font = '600 12px system-ui, sans-serif';
  const { width } = canvas.measureText(text);
  canvas.fillStyle = 'rgb(20 20 24 / 0.85)';
  canvas.fillRect(at.x, at.y - 16, width + 8, 18);
  canvas.fillStyle = '#fff';
  canvas.fillText(text, at.x + 4, at.y - 3);
}

/** A mask as a picture of its own, tinted; drawn by {@link drawPicture}. */
export function paintMask({
  width,
  height,
  bits,
}: {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const pixels = context?.createImageData(width, height);
  if (!context || !pixels) return canvas;
  for (let i = 0; i < bits.length; i++) if (bits[i]) pixels.data.set([0, 150, 136, 90], 4 * i);
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** Stretches a picture over the whole image, however it is turned. */
export function drawPicture(
  canvas: CanvasRenderingContext2D,
  toScreen: ToScreen,
  picture: HTMLCanvasElement,
  image: { readonly width: number; readonly height: number },
): void {
  const [origin, right, down] = [toScreen(0, 0), toScreen(image.width, 0), toScreen(0, image.height)];
  const { width, height } = picture;
  canvas.save();
  canvas.transform(
    (right.x - origin.x) / width,
    (right.y - origin.y) / width,
    (down.x - origin.x) / height,
    (down.y - origin.y) / height,
    origin.x,
    origin.y,
  );
  canvas.imageSmoothingEnabled = false; // its cells are what was measured
  canvas.drawImage(picture, 0, 0);
  canvas.restore();
}
