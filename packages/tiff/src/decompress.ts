import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { TiffError } from './error.ts';
import { decodeLzw } from './lzw.ts';
import { COMPRESSION } from './tags.ts';

/** Tells whether {@link decompress} knows a compression. */
export function canDecompress(compression: number): boolean {
  const { none, lzw, deflate, oldDeflate, packbits, zstd } = COMPRESSION;
  return ([none, lzw, deflate, oldDeflate, packbits, zstd] as number[]).includes(compression);
}

/**
 * Undoes a lossless compression. For small pictures (labels, samples for windowing): it runs on the calling thread, about
 * 100 MB/s for LZW.
 *
 * @param length - bytes to give; never more is allocated
 * @throws TiffError `UNREADABLE_TILE` when the data are damaged or too short, `UNSUPPORTED_COMPRESSION`
 */
export function decompress(compression: number, bytes: Uint8Array, length: number): Uint8Array {
  const out = run(compression, bytes, length);
  if (out.length < length)
    throw new TiffError(
      'UNREADABLE_TILE',
      `A part of the image is damaged: ${out.length} of ${length} bytes can be read.`,
    );
  return out.subarray(0, length);
}

function run(compression: number, bytes: Uint8Array, length: number): Uint8Array {
  switch (compression) {
    case COMPRESSION.none:
      return bytes;
    case COMPRESSION.lzw:
      return decodeLzw(bytes, length);
    case COMPRESSION.packbits:
      return decodePackbits(bytes, length);
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate:
      return guarded(() => inflateSync(bytes, { maxOutputLength: Math.max(1, length) }));
    case COMPRESSION.zstd:
      return guarded(() => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }));
    default:
      throw new TiffError('UNSUPPORTED_COMPRESSION', `Compression ${compression} is not read here.`);
  }
}

/** PackBits: TIFF 6.0, section 9. */
function decodePackbits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let written = 0;
  for (let at = 0; at < bytes.length && written < length;) {
    const head = bytes[at++] ?? 0;
    if (head < 128) {
      const piece = bytes.subarray(at, at + Math.min(head + 1, length - written));
      out.set(piece, written);
      written += piece.length;
      at += head + 1;
    } else if (head > 128) {
      const stop = Math.min(length, written + 257 - head);
      out.fill(bytes[at++] ?? 0, written, stop);
      written = stop;
    }
  }
  return out.subarray(0, written);
}

function guarded(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (cause) {
    throw new TiffError('UNREADABLE_TILE', 'A part of the image is damaged: its compressed data make no sense.', {
      cause,
    });
  }
}
