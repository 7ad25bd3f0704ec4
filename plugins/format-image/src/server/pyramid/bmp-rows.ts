import type { BmpHeader, ChannelMask } from './bmp-header.ts';

/** Turns one stored row into RGB; what is transparent is laid over white. */
export function bmpRowToRgb(
  { width, bits, palette, masks }: BmpHeader,
  row: Uint8Array,
  out: Uint8Array,
  at: number,
): void {
  if (bits <= 8) {
    const mask = (1 << bits) - 1;
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const index = ((row[bit >> 3] ?? 0) >> (8 - bits - (bit & 7))) & mask;
      out[at++] = palette[index * 3] ?? 0;
      out[at++] = palette[index * 3 + 1] ?? 0;
      out[at++] = palette[index * 3 + 2] ?? 0;
    }
  } else if (bits === 24) {
    for (let x = 0; x < width * 3; x += 3) {
      out[at++] = row[x + 2] ?? 0;
      out[at++] = row[x + 1] ?? 0;
      out[at++] = row[x] ?? 0;
    }
  } else {
    const [red, green, blue, alpha] = masks;
    const bytes = bits / 8;
    for (let x = 0; x < width; x++) {
      let value = 0;
      for (let b = bytes - 1; b >= 0; b--) value = value * 256 + (row[x * bytes + b] ?? 0);
      const opacity = alpha ? channel(value, alpha) : 255;
      out[at++] = over(channel(value, red), opacity);
      out[at++] = over(channel(value, green), opacity);
      out[at++] = over(channel(value, blue), opacity);
    }
  }
}

function channel(value: number, mask: ChannelMask | undefined): number {
  return mask ? Math.round((((value >>> mask.shift) & mask.max) * 255) / mask.max) : 0;
}

function over(value: number, opacity: number): number {
  return opacity === 255 ? value : Math.round((value * opacity + 255 * (255 - opacity)) / 255);
}

/**
 * Undoes run-length encoding to one palette index a byte, rows from the top. Pixels that are left out have index 0; what
 * reaches over the edge is cut off, what is missing at the end stays empty, as other readers do.
 */
export function decodeRle({ width, height, compression }: BmpHeader, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(width * height);
  const isNibbles = compression === 'rle4';
  let x = 0;
  let y = height - 1;
  const put = (index: number): void => {
    if (x < width && y >= 0) out[y * width + x] = index;
    x += 1;
  };
  for (let at = 0; at + 1 < data.length && y >= 0;) {
    const count = data[at++] ?? 0;
    const value = data[at++] ?? 0;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(isNibbles ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      x = 0;
      y -= 1;
    } else if (value === 1) break;
    else if (value === 2) {
      x += data[at++] ?? 0;
      y -= data[at++] ?? 0;
    } else {
      for (let i = 0; i < value; i++)
        put(isNibbles ? ((data[at + (i >> 1)] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15 : (data[at + i] ?? 0));
      const bytes = isNibbles ? Math.ceil(value / 2) : value;
      at += bytes + (bytes % 2); // literal runs end at 16 bits
    }
  }
  return out;
}
