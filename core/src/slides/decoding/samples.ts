import type { TileDecode } from '@exact/sdk/server';

export type Samples =
  Uint8Array | Uint16Array | Int8Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** One plane of pixels, or several samples of each pixel side by side. */
export interface SampleGrid {
  readonly width: number;
  readonly height: number;
  /** Samples of one pixel that stand side by side. */
  readonly perPixel: number;
}

/** Bytes that a grid takes when nothing is compressed; rows of less than 8 bits a sample end at a byte. */
export function byteLength({ width, height, perPixel }: SampleGrid, bits: number): number {
  return Math.ceil((width * perPixel * bits) / 8) * height;
}

/** Turns decompressed bytes into numbers: byte order, packed bits, and the predictor (TIFF 6.0, section 14; TIFF technical note 3). */
export function toSamples(bytes: Uint8Array, grid: SampleGrid, decode: TileDecode): Samples {
  const { bitsPerSample: bits, predictor, littleEndian } = decode;
  if (predictor === 3) return undoFloatPredictor(bytes, grid, bits);
  const samples =
    bits < 8
      ? unpackBits(bytes, grid, bits)
      : readNumbers(bytes, grid.width * grid.height * grid.perPixel, decode, littleEndian);
  if (predictor === 2) undoDifferences(samples, grid);
  return samples;
}

function readNumbers(
  bytes: Uint8Array,
  count: number,
  { bitsPerSample, sampleFormat }: TileDecode,
  le: boolean,
): Samples {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = <T extends Samples>(out: T, size: number, get: (at: number) => number): T => {
    for (let i = 0; i < count; i++) out[i] = get(i * size);
    return out;
  };
  switch (`${sampleFormat}/${bitsPerSample}`) {
    case '1/8':
      return bytes.slice(0, count);
    case '2/8':
      return new Int8Array(bytes.slice(0, count).buffer);
    case '1/16':
      return fill(new Uint16Array(count), 2, (at) => data.getUint16(at, le));
    case '2/16':
      return fill(new Int16Array(count), 2, (at) => data.getInt16(at, le));
    case '1/32':
      return fill(new Uint32Array(count), 4, (at) => data.getUint32(at, le));
    case '2/32':
      return fill(new Int32Array(count), 4, (at) => data.getInt32(at, le));
    case '3/32':
      return fill(new Float32Array(count), 4, (at) => data.getFloat32(at, le));
    case '3/64':
      return fill(new Float64Array(count), 8, (at) => data.getFloat64(at, le));
    default:
      throw Object.assign(new Error(`Samples of ${bitsPerSample} bits and format ${sampleFormat} cannot be shown.`), {
        code: 'UNSUPPORTED_LAYOUT',
      });
  }
}

function unpackBits(bytes: Uint8Array, { width, height, perPixel }: SampleGrid, bits: number): Uint8Array {
  const perRow = width * perPixel;
  const rowBytes = Math.ceil((perRow * bits) / 8);
  const mask = (1 << bits) - 1;
  const out = new Uint8Array(perRow * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * bits;
      const byte = bytes[y * rowBytes + (bit >> 3)] ?? 0;
      out[y * perRow + x] = (byte >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return out;
}

function undoDifferences(samples: Samples, { width, height, perPixel }: SampleGrid): void {
  const perRow = width * perPixel;
  // Typed arrays wrap around as the format wants it.
  for (let y = 0; y < height; y++) {
    for (let i = y * perRow + perPixel; i < (y + 1) * perRow; i++)
      samples[i] = (samples[i] ?? 0) + (samples[i - perPixel] ?? 0);
  }
}

/** Predictor 3: rows of byte planes, most significant first, each byte a difference to the one `perPixel` before it. */
function undoFloatPredictor(bytes: Uint8Array, { width, height, perPixel }: SampleGrid, bits: number): Samples {
  const size = bits / 8;
  const perRow = width * perPixel;
  const rowBytes = perRow * size;
  const row = new Uint8Array(rowBytes);
  const data = new DataView(new ArrayBuffer(8));
  const out = bits === 64 ? new Float64Array(perRow * height) : new Float32Array(perRow * height);
  for (let y = 0; y < height; y++) {
    row.set(bytes.subarray(y * rowBytes, (y + 1) * rowBytes));
    for (let i = perPixel; i < rowBytes; i++) row[i] = (row[i] ?? 0) + (row[i - perPixel] ?? 0);
    for (let x = 0; x < perRow; x++) {
      for (let b = 0; b < size; b++) data.setUint8(b, row[b * perRow + x] ?? 0);
      out[y * perRow + x] = bits === 64 ? data.getFloat64(0) : data.getFloat32(0);
    }
  }
  return out;
}
