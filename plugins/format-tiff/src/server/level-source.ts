import { COMPRESSION, JpegRestartTiles, JpegTiles, LIMITS, PHOTOMETRIC, TAG, TiffError } from '@exact/tiff';
import type { JpegTileLocation, TiffImage } from '@exact/tiff';
import type { EncodedTile, RawTile, TileDecode } from '@exact/sdk/server';

/** Tiles of one image of the file, as the platform takes them. */
export interface LevelSource {
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly cols: number;
  readonly rows: number;
  /** False when the tiles are of a form that nobody can be handed: the image has to be converted. */
  readonly isServable: boolean;
  tile(
    col: number,
    row: number,
    signal?: AbortSignal,
    range?: readonly [number, number],
  ): Promise<EncodedTile | RawTile | undefined>;
  /** Where a JPEG tile stands, for a server that reads it by itself; only where tiles are stored JPEG. */
  jpegTileLocation?(col: number, row: number): JpegTileLocation | undefined;
}

const RAW: Readonly<Record<number, TileDecode['compression']>> = {
  [COMPRESSION.none]: 'none',
  [COMPRESSION.lzw]: 'lzw',
  [COMPRESSION.deflate]: 'deflate',
  [COMPRESSION.oldDeflate]: 'deflate',
  [COMPRESSION.packbits]: 'packbits',
  [COMPRESSION.zstd]: 'zstd',
  [COMPRESSION.webp]: 'webp',
  [COMPRESSION.jpeg]: 'jpeg',
  [COMPRESSION.jp2kYcc]: 'jp2k',
  [COMPRESSION.jp2kLossy]: 'jp2k',
  [COMPRESSION.jp2kRgb]: 'jp2k',
  [COMPRESSION.jp2k]: 'jp2k',
};

/** Compressions that we do not hand out but that the conversion (libtiff) reads: fax, old JPEG, NeXT, ThunderScan, SGI LogLuv. */
const CONVERTIBLE: readonly number[] = [2, 3, 4, COMPRESSION.oldJpeg, 32766, 32771, 32809, 34676, 34677];

const NAMES: Readonly<Record<number, string>> = {
  22610: 'JPEG XR',
  34934: 'JPEG XR',
  34661: 'JBIG',
  34887: 'LERC',
  34925: 'LZMA',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/**
 * Makes the source of an image's tiles and checks that all of them lie inside the file.
 *
 * @throws TiffError `UNSUPPORTED_COMPRESSION`, `TRUNCATED_FILE`, `BAD_DIRECTORY`
 */
export async function openLevel(image: TiffImage): Promise<LevelSource> {
  await image.checkedRanges();
  const { compression } = image;
  if (RAW[compression] === undefined && !CONVERTIBLE.includes(compression)) {
    const name = NAMES[compression];
    throw new TiffError(
      'UNSUPPORTED_COMPRESSION',
      `The image is stored with compression ${compression}${name === undefined ? '' : ` (${name})`}, which cannot be read. Export the slide with JPEG, LZW or JPEG 2000.`,
    );
  }
  if (compression === COMPRESSION.jpeg) return openJpegLevel(image);
  if (
    compression === COMPRESSION.webp &&
    !image.isPlanar &&
    (image.samplesPerPixel === 3 || image.samplesPerPixel === 4)
  ) {
    return grid(image, true, async (col, row, signal) => {
      const bytes = await image.readChunk(image.chunkIndex(col, row), signal);
      return bytes === undefined ? undefined : { bytes, mediaType: 'image/webp' };
    });
  }
  return openRawLevel(image);
}

async function openJpegLevel(image: TiffImage): Promise<LevelSource> {
  const isShown =
    image.bitsPerSample === 8 &&
    !image.isPlanar &&
    ((image.samplesPerPixel === 1 && image.photometric === PHOTOMETRIC.blackIsZero) ||
      (image.samplesPerPixel === 3 &&
        (image.photometric === PHOTOMETRIC.rgb || image.photometric === PHOTOMETRIC.yCbCr)));
  if (!isShown) {
    const jpeg = await JpegTiles.of(image);
    return openRawLevel(image, (col, row, sample, signal) => jpeg.read(col, row, signal, sample));
  }
  const cut = image.isTiled ? undefined : await JpegRestartTiles.of(image);
  if (cut !== undefined) {
    const { tileWidth, tileHeight, cols, rows } = cut;
    return {
      tileWidth,
      tileHeight,
      cols,
      rows,
      isServable: true,
      tile: async (col, row, signal) => ({ bytes: await cut.read(col, row, signal), mediaType: 'image/jpeg' }),
    };
  }
  const jpeg = await JpegTiles.of(image);
  const { lengths } = await image.ranges();
  const isSmall =
    image.tileWidth * image.tileHeight <= LIMITS.tilePixels &&
    (image.chunks > 1 || (lengths[0] ?? 0) <= LIMITS.tileBytes);
  const source = grid(image, isSmall, async (col, row, signal) => {
    const bytes = await jpeg.read(col, row, signal);
    return bytes === undefined ? undefined : { bytes, mediaType: 'image/jpeg' };
  });
  return { ...source, jpegTileLocation: (col, row) => jpeg.location(col, row) };
}

type ReadStored = (col: number, row: number, sample: number, signal?: AbortSignal) => Promise<Uint8Array | undefined>;

async function openRawLevel(image: TiffImage, readJpeg?: ReadStored): Promise<LevelSource> {
  const read: ReadStored =
    readJpeg ?? ((col, row, sample, signal) => image.readChunk(image.chunkIndex(col, row, sample), signal));
  const compression = RAW[image.compression];
  const isServable =
    compression !== undefined &&
    isDecodable(image, compression) &&
    image.tileWidth * image.tileHeight <= LIMITS.tilePixels;
  const palette =
    image.photometric === PHOTOMETRIC.palette ? await image.directory.load(TAG.colorMap, 6 * 65536) : undefined;
  return grid(image, isServable, async (col, row, signal, range) => {
    if (!isServable) {
      throw new TiffError(
        'UNSUPPORTED_LAYOUT',
        `The ${image.width} × ${image.height} image is stored in a form that cannot be shown directly (compression ${image.compression}, colours ${image.photometric}, ${image.bitsPerSample} bits). It has to be converted first.`,
      );
    }
    const samples = image.isPlanar ? image.samplesPerPixel : 1;
    const stored = await Promise.all(Array.from({ length: samples }, (_, sample) => read(col, row, sample, signal)));
    const planar = stored.filter((bytes) => bytes !== undefined);
    const [bytes] = planar;
    if (bytes === undefined || planar.length < samples) return undefined;
    return {
      bytes,
      width: image.tileWidth,
      height: image.storedHeight(row),
      decode: {
        ...decodeOf(image, compression),
        ...(image.isPlanar ? { planar } : {}),
        ...(palette === undefined ? {} : { palette: Array.from(palette) }),
        ...(range === undefined ? {} : { range }),
      },
    };
  });
}

/** How the bytes of a tile have to be read. */
export function decodeOf(image: TiffImage, compression: TileDecode['compression']): TileDecode {
  return {
    compression,
    samplesPerPixel: image.samplesPerPixel,
    bitsPerSample: image.bitsPerSample,
    sampleFormat: image.sampleFormat,
    photometric: photometricOf(image),
    predictor: image.predictor,
    littleEndian: image.directory.context.littleEndian,
  };
}

/**
 * Aperio's 33003 holds YCbCr whatever the photometric tag says, 33005 holds RGB (OpenSlide's description of the format). libvips
 * writes colour under 33004, as YCbCr too (seen in files of version 8.14 by comparing with the picture they were made from).
 */
function photometricOf({ compression, photometric, samplesPerPixel }: TiffImage): number {
  if (compression === COMPRESSION.jp2kYcc) return PHOTOMETRIC.yCbCr;
  if (compression === COMPRESSION.jp2kRgb) return PHOTOMETRIC.rgb;
  if (compression === COMPRESSION.jp2kLossy && samplesPerPixel === 3) return PHOTOMETRIC.yCbCr;
  return photometric;
}

function isDecodable(image: TiffImage, compression: TileDecode['compression']): boolean {
  if (compression === 'jp2k') return true;
  const { bitsPerSample: bits, sampleFormat, samplesPerPixel, photometric, fillOrder } = image;
  const isNumber = sampleFormat === 3 ? bits === 32 || bits === 64 : [1, 2, 4, 8, 16, 32].includes(bits);
  const isColour = compression === 'jpeg' ? photometric <= PHOTOMETRIC.yCbCr : photometric <= PHOTOMETRIC.palette;
  return isNumber && isColour && samplesPerPixel <= 4 && (fillOrder === 1 || bits >= 8);
}

function grid(image: TiffImage, isServable: boolean, tile: LevelSource['tile']): LevelSource {
  const { tileWidth, tileHeight, cols, rows } = image;
  return { tileWidth, tileHeight, cols, rows, isServable, tile };
}
