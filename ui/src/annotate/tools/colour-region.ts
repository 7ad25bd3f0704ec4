import type { ScreenPixels } from './tool.ts';

/** Linear light of each sRGB value (IEC 61966-2-1). */
const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});
/** Of 255: what is softened ends where half of a pixel is covered. */
const OPAQUE = 126;
/** White of D65. */
const [WHITE_X, WHITE_Z] = [0.95047, 1.08883];

const bend = (t: number): number => (t > 216 / 24_389 ? Math.cbrt(t) : (841 / 108) * t + 4 / 29);

/** CIELAB of an sRGB colour. Distances in it are about as large as people find them, which distances in RGB are not for pale stains. */
export function labOf(red: number, green: number, blue: number): readonly [number, number, number] {
  const [r, g, b] = [LINEAR[red] ?? 0, LINEAR[green] ?? 0, LINEAR[blue] ?? 0];
  const x = bend((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE_X);
  const y = bend(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = bend((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE_Z);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/**
 * Connected pixels of about the colour of one of them. Distances are kept, so that growing the region with the hand costs
 * only what is new.
 *
 * @returns a function of the largest distance (CIE76 ΔE) that gives a mask: 1 for each pixel of the region, row by row, valid
 *          until the next call; nothing when the pixel is not on the image
 */
export function createColourRegion(
  { width, height, data }: ScreenPixels,
  atX: number,
  atY: number,
): ((tolerance: number) => Uint8Array) | undefined {
  const seed = Math.floor(atY) * width + Math.floor(atX);
  const isOnSheet = atX >= 0 && atY >= 0 && atX < width && atY < height;
  // `!`: indices below the number of pixels
  if (!isOnSheet || data[seed * 4 + 3]! < OPAQUE) return undefined;
  const [l0, a0, b0] = labOf(data[seed * 4]!, data[seed * 4 + 1]!, data[seed * 4 + 2]!);
  const known = new Float32Array(width * height).fill(-1);
  const mask = new Uint8Array(width * height);
  const stack = new Int32Array(width * height);

  function distance(i: number): number {
    const before = known[i]!;
    if (before >= 0) return before;
    const p = i * 4;
    if (data[p + 3]! < OPAQUE) return (known[i] = Infinity);
    const [l, a, b] = labOf(data[p]!, data[p + 1]!, data[p + 2]!);
    return (known[i] = Math.hypot(l - l0, a - a0, b - b0));
  }

  return (tolerance) => {
    mask.fill(0);
    let size = 0;
    const visit = (i: number): void => {
      if (mask[i] === 1 || distance(i) > tolerance) return;
      mask[i] = 1;
      stack[size++] = i;
    };
    visit(seed);
    while (size > 0) {
      const i = stack[--size]!;
      const x = i % width;
      if (x > 0) visit(i - 1);
      if (x < width - 1) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i < mask.length - width) visit(i + width);
    }
    return mask;
  };
}
