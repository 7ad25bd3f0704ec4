import { canDecompress, chunkBytes, decompress, TiffError } from '@exact/tiff';
import type { TiffImage } from '@exact/tiff';

const MAX_TILES = 8;
const MAX_SAMPLES = 1_000_000;
/** Tails left out on each side: a hot pixel must not make the picture black. */
const TAIL = 0.001;

/**
 * Finds which values of a plane with more than 8 bits are to be shown black and white: its 0.1 and 99.9 percentiles, from
 * up to 8 tiles spread over the image. Take the smallest level: it has seen the whole slide.
 *
 * @returns nothing when the compression is not one that we undo here, or all values are equal or not a number
 */
export async function estimateWindow(
  image: TiffImage,
  littleEndian: boolean,
  signal?: AbortSignal,
): Promise<readonly [number, number] | undefined> {
  if (!canDecompress(image.compression)) return undefined;
  const { lengths } = await image.ranges();
  const perPlane = image.cols * image.rows;
  const step = Math.max(1, Math.floor(perPlane / MAX_TILES));
  const values: number[] = [];
  for (let index = Math.floor(step / 2), seen = 0; index < perPlane && seen < MAX_TILES; index += step, seen++) {
    const row = Math.floor(index / image.cols);
    const bytes = chunkBytes(image, row);
    if ((lengths[index] ?? 0) === 0 || bytes > 32 * 1024 * 1024) continue;
    try {
      const chunk = await image.readChunk(index, signal);
      if (chunk !== undefined)
        collect(values, samples(image, decompress(image.compression, chunk, bytes), littleEndian));
    } catch (error) {
      // A damaged tile is told when it is asked for; the window comes from the others.
      if (!(error instanceof TiffError)) throw error;
    }
  }
  const sorted = Float64Array.from(values.filter((value) => Number.isFinite(value))).sort();
  const low = sorted[Math.floor(sorted.length * TAIL)];
  const high = sorted[Math.ceil(sorted.length * (1 - TAIL)) - 1];
  return low !== undefined && high !== undefined && high > low ? [low, high] : undefined;
}

function collect(values: number[], found: Float64Array): void {
  const stride = Math.max(1, Math.ceil((found.length * MAX_TILES) / MAX_SAMPLES));
  for (let i = 0; i < found.length; i += stride) values.push(found[i] ?? 0);
}

/** Samples of a decompressed tile as numbers, the predictor undone. Horizontal differences only (predictor 2). */
function samples(image: TiffImage, bytes: Uint8Array, littleEndian: boolean): Float64Array {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = image.bitsPerSample / 8;
  const get = reader(data, image, littleEndian);
  if (get === undefined || image.predictor > 2) return new Float64Array(0);
  const out = new Float64Array(Math.floor(bytes.length / size));
  const perPixel = image.isPlanar ? 1 : image.samplesPerPixel;
  const perRow = image.tileWidth * perPixel;
  const modulus = 2 ** image.bitsPerSample;
  for (let i = 0; i < out.length; i++) {
    const value = get(i * size);
    const isFirst = image.predictor === 1 || i % perRow < perPixel;
    out[i] = isFirst ? value : (value + (out[i - perPixel] ?? 0)) % modulus;
  }
  return out;
}

function reader(
  data: DataView,
  { bitsPerSample, sampleFormat }: TiffImage,
  le: boolean,
): ((at: number) => number) | undefined {
  switch (`${sampleFormat}/${bitsPerSample}`) {
    case '1/16':
      return (at) => data.getUint16(at, le);
    case '2/16':
      return (at) => data.getInt16(at, le);
    case '1/32':
      return (at) => data.getUint32(at, le);
    case '2/32':
      return (at) => data.getInt32(at, le);
    case '3/32':
      return (at) => data.getFloat32(at, le);
    case '3/64':
      return (at) => data.getFloat64(at, le);
    default:
      return undefined;
  }
}
