import { TiffError } from './error.ts';

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/**
 * Undoes LZW as TIFF 6.0 (section 13) writes it: most significant bit first, codes of 9 to 12 bits, width changed one code early.
 *
 * @param length - bytes to give; decoding stops there
 * @throws TiffError `UNREADABLE_TILE` on a code that cannot be, or when the data end before `length`
 */
export function decodeLzw(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  // Each code stands for bytes that were written before: where they begin, and how many they are.
  const starts = new Uint32Array(MAX_CODES);
  const sizes = new Uint32Array(MAX_CODES);
  let next = END + 1;
  let width = 9;
  let previous = -1;
  let written = 0;
  let buffer = 0;
  let bits = 0;
  let at = 0;
  while (written < length) {
    while (bits < width && at < bytes.length) {
      buffer = ((buffer << 8) | (bytes[at++] ?? 0)) & 0xffffff;
      bits += 8;
    }
    if (bits < width) throw damaged();
    const code = (buffer >> (bits - width)) & ((1 << width) - 1);
    bits -= width;
    if (code === END) throw damaged();
    if (code === CLEAR) {
      next = END + 1;
      width = 9;
      previous = -1;
      continue;
    }
    const begin = written;
    if (code < CLEAR) out[written++] = code;
    else {
      const isNew = code === next && previous >= 0;
      if (code >= next && !isNew) throw damaged();
      const [from, size] = isNew ? [begin - previous, previous + 1] : [starts[code] ?? 0, sizes[code] ?? 0];
      const stop = Math.min(length, written + size);
      for (let i = from; written < stop; i++) out[written++] = out[i] ?? 0;
    }
    if (previous >= 0 && next < MAX_CODES) {
      starts[next] = begin - previous;
      sizes[next] = previous + 1;
      next += 1;
    }
    previous = written - begin;
    if (next >= (1 << width) - 1 && width < 12) width += 1;
  }
  return out;
}

function damaged(): TiffError {
  return new TiffError(
    'UNREADABLE_TILE',
    'A part of the image is damaged: its LZW data end too early or make no sense.',
  );
}
