import { dbOfLevel } from './protocol.ts';
import type { Picture } from './use-picture.ts';

/** Colour of each level as one 32-bit number in the byte order of image data (little-endian: alpha, blue, green, red). */
export function levelColours(palette: Uint8Array, darkDb: number, brightDb: number): Uint32Array {
  const colours = new Uint32Array(256);
  const span = Math.max(1, brightDb - darkDb);
  for (let level = 0; level < 256; level += 1) {
    const share = Math.min(1, Math.max(0, (dbOfLevel(level) - darkDb) / span));
    const at = Math.round(share * 255) * 3;
    const [r = 0, g = 0, b = 0] = palette.subarray(at, at + 3);
    colours[level] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }
  return colours;
}

/** Draws the spectrogram, as far as it is there, with its top left corner at (0, top). */
export function drawSpectrogram(
  ctx: CanvasRenderingContext2D,
  picture: Picture,
  top: number,
  colours: Uint32Array,
): void {
  const { request, levels, filled } = picture;
  if (request.rows === 0 || filled === 0) return;
  const image = ctx.createImageData(filled, request.rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < request.rows; row += 1)
    for (let column = 0; column < filled; column += 1)
      pixels[row * filled + column] = colours[levels[row * request.columns + column] ?? 0] ?? 0;
  ctx.putImageData(image, 0, top);
}

/** Draws the waveform between two lines; samples are amplified by `gain` as they are heard. */
export function drawWaveform(
  ctx: CanvasRenderingContext2D,
  { low, high, filled }: Picture,
  { top, height, colour, line, gain }: { top: number; height: number; colour: string; line: string; gain: number },
): void {
  const middle = top + height / 2;
  const scale = height / 2 - 1;
  ctx.fillStyle = line;
  ctx.fillRect(0, Math.round(middle), ctx.canvas.width, 1);
  ctx.fillStyle = colour;
  for (let column = 0; column < filled; column += 1) {
    const up = Math.min(1, (high[column] ?? 0) * gain);
    const down = Math.max(-1, (low[column] ?? 0) * gain);
    if (up === 0 && down === 0) continue;
    const y = middle - up * scale;
    ctx.fillRect(column, y, 1, Math.max(1, (up - down) * scale));
  }
}
