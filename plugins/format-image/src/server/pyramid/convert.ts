import { open, rm } from 'node:fs/promises';
import { COMPRESSION, openTiff, TAG, TiffError } from '@exact/tiff';
import sharp from 'sharp';
import { bmpToTiff } from './bmp-to-tiff.ts';
import { ConvertError, fromLibrary } from './errors.ts';
import { followReading } from './follow-reading.ts';
import { plausibleDensity } from './density.ts';
import { sniff } from '../sniff.ts';

export interface ConvertInput {
  /** Absolute path of the uploaded file. */
  readonly source: string;
  /** Where the pyramid goes. */
  readonly target: string;
}
export interface ConvertResult {
  readonly width: number;
  readonly height: number;
  readonly pages: number;
}
export interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

const MAX_SIDE = 2 ** 20;
const MAX_PIXELS = 10_000_000_000;
/** Up to this size colours are kept at full resolution; see {@link qualityOf}. */
const FULL_COLOUR_PIXELS = 16_000_000;
/** A file of more raw bytes than this may pass the 4 GB of classic TIFF. */
const BIG_TIFF_PIXELS = 500_000_000;

// Only what we take in: SVG, HEIF, GIF, PDF, libvips' own and all other loaders are not even tried on what people upload.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadTiffFile',
  ],
});
sharp.cache(false); // results are used once; the cache would only hold memory
sharp.concurrency(2);

/**
 * Makes a tiled, pyramidal TIFF of a plain picture: 256 px tiles, JPEG, upright, 8 bits, sRGB or grey. Streams: memory does not
 * grow with the picture, except for interlaced PNG and progressive JPEG, which have to be decoded whole. Of animations and
 * multi-page files the first page is taken.
 *
 * @throws ConvertError
 */
export default async function convert({ source, target }: ConvertInput, { progress }: Tools): Promise<ConvertResult> {
  progress(0, 'reading');
  const plain = (await formatOf(source)) === 'bmp' ? `${target}.bmp.tif` : source;
  try {
    if (plain !== source) await bmpToTiff(source, plain, (fraction) => progress(fraction * 0.4, 'reading'));
    const stop = followReading(plain, (fraction) =>
      progress(plain === source ? fraction * 0.9 : 0.4 + fraction * 0.5, 'converting'),
    );
    try {
      return await writePyramid(plain, target);
    } finally {
      stop();
    }
  } catch (error) {
    throw fromLibrary(error);
  } finally {
    if (plain !== source) await rm(plain, { force: true });
  }
}

async function formatOf(path: string): Promise<ReturnType<typeof sniff>> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return sniff(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The library has no decoder for it, only warns, and gives a black picture. All warnings as errors would refuse old LZW, which it reads well. */
async function refuseOldJpeg(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    const { size } = await file.stat();
    const tiff = await openTiff({ read, size, head: await read(0, Math.min(size, 65_536)) });
    if (tiff.directories[0]?.number(TAG.compression) !== COMPRESSION.oldJpeg) return;
    throw new ConvertError(
      'UNSUPPORTED_FORMAT',
      'The picture is stored as old-style JPEG in TIFF, which is not read any more. Save it again as TIFF (LZW) or PNG.',
    );
  } catch (error) {
    if (!(error instanceof TiffError)) throw error; // what we cannot read the library may
  } finally {
    await file.close();
  }
}

async function writePyramid(source: string, target: string): Promise<ConvertResult> {
  if ((await formatOf(source)) === 'tiff') await refuseOldJpeg(source);
  const limits = { limitInputPixels: MAX_PIXELS, failOn: 'error' } as const;
  const found = await sharp(source, limits).metadata();
  const { width, height, orientation = 1, pages = 1 } = found;
  if (Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new ConvertError(
      'IMAGE_TOO_LARGE',
      `The picture has ${width} × ${height} pixels. At most ${MAX_SIDE.toLocaleString('en')} a side and 10 gigapixels can be converted.`,
    );
  }
  // A turned picture is read in another order than it is stored: libvips then keeps it in a temporary file, not in memory.
  let image = sharp(source, { ...limits, sequentialRead: orientation === 1 }).autoOrient();
  if (found.depth !== 'uchar')
    image = image.linear(...(await windowOf(source, limits, found.depth === 'ushort' ? 65_535 : 255)));
  if (found.hasAlpha) image = image.flatten({ background: '#ffffff' });
  image = image.toColourspace(found.space === 'b-w' || found.space === 'grey16' ? 'b-w' : 'srgb');
  const density = plausibleDensity(found.density);
  const written = await image
    .tiff({
      tile: true,
      tileWidth: 256,
      tileHeight: 256,
      pyramid: true,
      compression: 'jpeg',
      quality: qualityOf(width * height),
      bigtiff: width * height > BIG_TIFF_PIXELS,
      // Without it libvips writes one pixel a millimetre, which readers take for what it is: unknown.
      ...(density === undefined ? {} : { xres: density / 25.4, yres: density / 25.4, resolutionUnit: 'cm' as const }),
    })
    .toFile(target);
  return { width: written.width, height: written.height, pages };
}

/**
 * libtiff stores colours at full resolution from quality 90 on and at half below. Pictures of cells keep them: thin coloured
 * outlines would bleed, and the files are small. Large ones take the half, as scanners do, and with it about half of the disk.
 */
function qualityOf(pixels: number): number {
  return pixels <= FULL_COLOUR_PIXELS ? 90 : 89;
}

/**
 * Factor and offset that show the darkest value black and the brightest white: 12 of 16 bits would look black otherwise.
 *
 * @param white - the value that the library takes for white in this depth
 */
async function windowOf(source: string, limits: object, white: number): Promise<[number, number]> {
  const { channels } = await sharp(source, { ...limits, sequentialRead: true }).stats();
  const colours = channels.length > 3 ? channels.slice(0, 3) : channels.slice(0, channels.length === 2 ? 1 : 3);
  const low = Math.min(...colours.map(({ min }) => min));
  const high = Math.max(...colours.map(({ max }) => max));
  const scale = high > low ? white / (high - low) : 1;
  return [scale, -low * scale];
}
