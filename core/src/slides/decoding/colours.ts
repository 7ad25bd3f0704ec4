import type { TileDecode } from '@exact/sdk/server';
import type { Samples } from './samples.ts';

/** Pixels as encoders take them: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; 8 bits each, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** Brings samples of any depth and colour model to 8-bit pixels. */
export function toPixels(
  samples: Samples,
  width: number,
  height: number,
  perPixel: number,
  decode: TileDecode,
): Pixels {
  if (decode.photometric === 3 && decode.palette)
    return fromPalette(samples, width, height, perPixel, decode.palette, decode.bitsPerSample);
  const channels = (perPixel > 4 ? 3 : perPixel) as Pixels['channels'];
  const data = toBytes(samples, decode, perPixel, channels);
  if (decode.photometric === 0) invert(data, channels);
  if (decode.photometric === 6 && channels >= 3) yCbCrToRgb(data, channels);
  return { width, height, channels, data };
}

function toBytes(
  samples: Samples,
  { bitsPerSample: bits, sampleFormat, range }: TileDecode,
  perPixel: number,
  channels: number,
): Uint8Array {
  if (bits === 8 && sampleFormat === 1 && range === undefined && perPixel === channels && samples instanceof Uint8Array)
    return samples;
  const [low, high] = range ?? valueRange(bits, sampleFormat);
  const scale = 255 / (high - low || 1);
  const count = (samples.length / perPixel) * channels;
  const out = new Uint8ClampedArray(count); // clamps and rounds; not-a-number becomes 0
  for (let i = 0, at = 0; at < count; i += perPixel) {
    for (let c = 0; c < channels; c++) out[at++] = ((samples[i + c] ?? 0) - low) * scale;
  }
  return new Uint8Array(out.buffer);
}

function valueRange(bits: number, sampleFormat: number): readonly [number, number] {
  if (sampleFormat === 3) return [0, 1];
  const values = 2 ** bits;
  return sampleFormat === 2 ? [-values / 2, values / 2 - 1] : [0, values - 1];
}

/** TIFF keeps palettes as all reds, all greens, all blues of 16 bits. */
function fromPalette(
  samples: Samples,
  width: number,
  height: number,
  perPixel: number,
  palette: readonly number[],
  bits: number,
): Pixels {
  const colours = 2 ** bits;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const index = samples[i * perPixel] ?? 0;
    for (let c = 0; c < 3; c++) data[i * 3 + c] = (palette[c * colours + index] ?? 0) >> 8;
  }
  return { width, height, channels: 3, data };
}

function invert(data: Uint8Array, channels: number): void {
  const hasAlpha = channels === 2 || channels === 4;
  for (let i = 0; i < data.length; i++) if (!hasAlpha || i % channels !== channels - 1) data[i] = 255 - (data[i] ?? 0);
}

/** Full range, BT.601 weights, as in JFIF. */
function yCbCrToRgb(data: Uint8Array, channels: number): void {
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i + 2 < data.length; i += channels) {
    const y = data[i] ?? 0;
    const cb = (data[i + 1] ?? 0) - 128;
    const cr = (data[i + 2] ?? 0) - 128;
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
}
