import type { RawTile, TileDecode } from '@exact/sdk/server';
import { COMPRESSION, decompress } from '@exact/tiff';
import sharp from 'sharp';
import { type Pixels, toPixels } from './colours.ts';
import { decodeJpeg2000 } from './jpeg2000.ts';
import { byteLength, toSamples } from './samples.ts';

const MAX_PIXELS = 64_000_000;

/** Decodes a stored tile that no browser shows to 8-bit pixels. Runs in a decoder process. */
export async function decodeRaw({ bytes, width, height, decode }: RawTile): Promise<Pixels> {
  if (width * height > MAX_PIXELS)
    throw Object.assign(new Error(`A tile of ${width} × ${height} pixels is too large.`), { code: 'IMAGE_TOO_LARGE' });
  switch (decode.compression) {
    case 'jp2k':
      return decodeJp2k(bytes, decode);
    case 'jpeg':
    case 'webp':
      return decode.planar ? decodePlanarPictures(decode) : decodePicture(bytes);
    default:
      return decodeNumbers(bytes, width, height, decode);
  }
}

function decodeNumbers(bytes: Uint8Array, width: number, height: number, decode: TileDecode): Pixels {
  const { samplesPerPixel, bitsPerSample, planar } = decode;
  if (!planar) {
    const grid = { width, height, perPixel: samplesPerPixel };
    return toPixels(
      toSamples(unpack(bytes, decode, byteLength(grid, bitsPerSample)), grid, decode),
      width,
      height,
      samplesPerPixel,
      decode,
    );
  }
  const grid = { width, height, perPixel: 1 };
  const planes = planar.map(
    (plane) =>
      toPixels(toSamples(unpack(plane, decode, byteLength(grid, bitsPerSample)), grid, decode), width, height, 1, {
        ...decode,
        photometric: 1,
      }).data,
  );
  const samples = interleave(planes);
  // The range was applied plane by plane; what is left is to say what the planes mean.
  const { range: _applied, ...shown } = decode;
  return toPixels(samples, width, height, planes.length, { ...shown, bitsPerSample: 8, sampleFormat: 1 });
}

function interleave(planes: readonly Uint8Array[]): Uint8Array {
  const [first] = planes;
  const out = new Uint8Array((first?.length ?? 0) * planes.length);
  planes.forEach((plane, c) => {
    for (let i = 0; i < plane.length; i++) out[i * planes.length + c] = plane[i] ?? 0;
  });
  return out;
}

function unpack(bytes: Uint8Array, { compression }: TileDecode, length: number): Uint8Array {
  if (compression === 'jp2k') throw new Error('JPEG 2000 is no byte compression.');
  const out = decompress(COMPRESSION[compression], bytes, length);
  if (out.length < length)
    throw Object.assign(new Error(`A part of the image is damaged: ${out.length} of ${length} bytes can be read.`), {
      code: 'UNREADABLE_TILE',
    });
  return out;
}

async function decodeJp2k(bytes: Uint8Array, decode: TileDecode): Promise<Pixels> {
  const picture = await decodeJpeg2000(bytes);
  const found: TileDecode = {
    ...decode,
    samplesPerPixel: picture.components,
    bitsPerSample: picture.bits <= 8 ? 8 : 16,
    sampleFormat: picture.isSigned ? 2 : 1,
    predictor: 1,
    littleEndian: true, // the module hands out numbers of the machine, and WebAssembly is little-endian
  };
  const grid = { width: picture.width, height: picture.height, perPixel: picture.components };
  const range = found.range ?? (picture.bits > 8 ? ([0, 2 ** picture.bits - 1] as const) : undefined);
  return toPixels(
    toSamples(picture.bytes, grid, found),
    picture.width,
    picture.height,
    picture.components,
    range ? { ...found, range } : found,
  );
}

async function decodePicture(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as Pixels['channels'], data };
}

async function decodePlanarPictures({ planar = [] }: TileDecode): Promise<Pixels> {
  const planes = await Promise.all(
    planar.map((plane) =>
      sharp(plane, { limitInputPixels: MAX_PIXELS }).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true }),
    ),
  );
  const [first] = planes;
  if (!first) throw Object.assign(new Error('The tile holds no samples.'), { code: 'UNREADABLE_TILE' });
  return {
    width: first.info.width,
    height: first.info.height,
    channels: planes.length as Pixels['channels'],
    data: interleave(planes.map(({ data }) => data)),
  };
}
