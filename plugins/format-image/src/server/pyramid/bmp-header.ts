import { ConvertError } from './errors.ts';

/** Bits of one colour in a pixel of 16 or 32 bits. */
export interface ChannelMask {
  readonly shift: number;
  readonly max: number;
}

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  readonly compression: 'none' | 'rle8' | 'rle4';
  /** Where the pixels begin. */
  readonly offset: number;
  /** RGB, three bytes a colour; for up to 8 bits. */
  readonly palette: Uint8Array;
  /** Red, green, blue, alpha; for 16 and 32 bits. */
  readonly masks: readonly (ChannelMask | undefined)[];
  /** Bytes of one stored row. */
  readonly rowBytes: number;
}

const MAX_SIDE = 2 ** 20;
const MAX_PIXELS = 10_000_000_000;
/** Pixels left out in a compressed file cost nothing there but do cost us: its size says little about its pixels. */
const MAX_RLE_PIXELS = 256_000_000;

/**
 * Reads the headers of a BMP file (OS/2 1 and 2, Windows 3 to 5).
 *
 * @param head - the first kilobytes, all headers and the palette within
 * @param size - of the whole file
 * @throws ConvertError when they contradict each other, the file or the format
 */
export function readBmpHeader(head: Uint8Array, size: number): BmpHeader {
  const data = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 26) throw truncated();
  const headerSize = data.getUint32(14, true);
  if (14 + headerSize > head.length) throw truncated();
  const isCore = headerSize === 12;
  if (!isCore && headerSize < 16) throw corrupt(`a header of ${headerSize} bytes`);
  const width = isCore ? data.getUint16(18, true) : data.getInt32(18, true);
  const signedHeight = isCore ? data.getUint16(20, true) : data.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = data.getUint16(isCore ? 24 : 28, true);
  const method = headerSize >= 20 ? data.getUint32(30, true) : 0;
  const used = headerSize >= 36 ? data.getUint32(46, true) : 0;
  if (width <= 0 || height === 0) throw corrupt(`${width} × ${signedHeight} pixels`);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) throw tooLarge(width, height);
  if (!isBits(bits)) throw corrupt(`${bits} bits a pixel`);

  const compression = compressionOf(method, bits);
  if (compression !== 'none' && signedHeight < 0) throw corrupt('compressed rows from the top');
  if (compression !== 'none' && width * height > MAX_RLE_PIXELS) throw tooLarge(width, height);
  const hasMasks = method === 3 || method === 6;
  const maskBytes = hasMasks && headerSize === 40 ? (method === 6 ? 16 : 12) : 0;
  const masks = bits === 16 || bits === 32 ? readMasks(data, bits, hasMasks, headerSize, maskBytes) : [];
  const offset = data.getUint32(10, true);
  const paletteAt = 14 + headerSize + maskBytes;
  const palette =
    bits <= 8
      ? readPalette(head, paletteAt, isCore ? 3 : 4, Math.min(used || 2 ** bits, 2 ** bits))
      : new Uint8Array(0);
  if (offset < 14 + headerSize || offset > size) throw corrupt('pixels outside of the file');
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  // Some writers leave the padding of the last row away.
  if (compression === 'none' && offset + rowBytes * height - 3 > size) throw truncated();
  return { width, height, isTopDown: signedHeight < 0, bits, compression, offset, palette, masks, rowBytes };
}

function isBits(bits: number): bits is BmpHeader['bits'] {
  return [1, 2, 4, 8, 16, 24, 32].includes(bits);
}

function compressionOf(method: number, bits: number): BmpHeader['compression'] {
  if (method === 1 && bits === 8) return 'rle8';
  if (method === 2 && bits === 4) return 'rle4';
  if (method === 0 || ((method === 3 || method === 6) && (bits === 16 || bits === 32))) return 'none';
  if (method === 4 || method === 5)
    throw new ConvertError('UNSUPPORTED_FORMAT', 'The BMP file holds a JPEG or PNG picture. Save it as JPEG or PNG.');
  throw corrupt(`compression ${method} with ${bits} bits a pixel`);
}

function readMasks(
  data: DataView,
  bits: 16 | 32,
  hasMasks: boolean,
  headerSize: number,
  maskBytes: number,
): (ChannelMask | undefined)[] {
  if (!hasMasks) return bits === 16 ? [0x7c00, 0x03e0, 0x001f].map(toMask) : [0xff0000, 0x00ff00, 0x0000ff].map(toMask);
  const hasAlpha = maskBytes === 16 || headerSize >= 56;
  if (data.byteLength < 54 + (hasAlpha ? 16 : 12)) throw truncated();
  const masks = [54, 58, 62, ...(hasAlpha ? [66] : [])].map((at) => toMask(data.getUint32(at, true)));
  if (masks.slice(0, 3).every((mask) => mask === undefined)) throw corrupt('no bits for any colour');
  return masks;
}

function toMask(mask: number): ChannelMask | undefined {
  if (mask === 0) return undefined;
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, max: mask >>> shift };
}

function readPalette(head: Uint8Array, at: number, entryBytes: number, count: number): Uint8Array {
  const palette = new Uint8Array(256 * 3); // an index beyond the palette is black
  for (let i = 0; i < count; i++) {
    const entry = at + i * entryBytes;
    if (entry + 3 > head.length) throw truncated();
    palette.set([head[entry + 2] ?? 0, head[entry + 1] ?? 0, head[entry] ?? 0], i * 3);
  }
  return palette;
}

export function truncated(): ConvertError {
  return new ConvertError(
    'TRUNCATED_FILE',
    'The BMP file ends too early. It was probably not copied completely; copy or upload it again.',
  );
}

export function corrupt(what: string): ConvertError {
  return new ConvertError(
    'CORRUPT_IMAGE',
    `The BMP file is damaged: its header says ${what}. Export it again from the program that made it.`,
  );
}

function tooLarge(width: number, height: number): ConvertError {
  return new ConvertError(
    'IMAGE_TOO_LARGE',
    `The BMP file says that it has ${width} × ${height} pixels, more than can be converted.`,
  );
}
