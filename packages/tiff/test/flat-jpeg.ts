// A tiny JPEG encoder for tests: grey, every 8 × 8 block of one value, with restart intervals. Decoded pixels are exact.

/** DC differences of category 0 to 11, codes of 4 bits each; no AC but end-of-block. */
const DC_CATEGORIES = 12;

export interface FlatJpegOptions {
  /** Restart interval in blocks; 0 for none. */
  readonly interval?: number;
  /** Write sizes into the frame header, or zeros as NDPI does above 65,535 pixels. */
  readonly sized?: boolean;
}

export interface FlatJpeg {
  readonly bytes: Uint8Array;
  /** Where each restart interval begins; the first is the start of the entropy-coded data. */
  readonly starts: readonly number[];
}

/**
 * @param width  - pixels
 * @param height - pixels
 * @param value  - grey value of a block, 0 to 255
 */
export function flatJpeg(
  width: number,
  height: number,
  value: (col: number, row: number) => number,
  options: FlatJpegOptions = {},
): FlatJpeg {
  const { interval = 0, sized = true } = options;
  const out: number[] = [0xff, 0xd8];
  const segment = (marker: number, body: readonly number[]): void => {
    out.push(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff, ...body);
  };
  // Quantiser 8 for DC: one step is one grey value (the DC coefficient is 8 times the mean).
  segment(0xdb, [0, ...new Array<number>(64).fill(8)]);
  const [w, h] = sized ? [width, height] : [0, 0];
  segment(0xc0, [8, h >> 8, h & 0xff, w >> 8, w & 0xff, 1, 1, 0x11, 0]);
  segment(0xc4, [
    0x00,
    0,
    0,
    0,
    DC_CATEGORIES,
    ...new Array<number>(12).fill(0),
    ...Array.from({ length: DC_CATEGORIES }, (_, i) => i),
  ]);
  segment(0xc4, [0x10, 1, ...new Array<number>(15).fill(0), 0]);
  if (interval > 0) segment(0xdd, [interval >> 8, interval & 0xff]);
  segment(0xda, [1, 1, 0x00, 0, 63, 0]);

  const starts = [out.length];
  let buffer = 0;
  let bits = 0;
  const put = (code: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) {
      buffer = (buffer << 1) | ((code >> i) & 1);
      if (++bits === 8) {
        out.push(buffer);
        if (buffer === 0xff) out.push(0);
        buffer = 0;
        bits = 0;
      }
    }
  };
  const flush = (): void => {
    while (bits > 0) put(1, 1);
  };
  let previous = 0;
  let count = 0;
  let restarts = 0;
  const [cols, rows] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      if (interval > 0 && count === interval) {
        flush();
        out.push(0xff, 0xd0 + (restarts++ & 7));
        starts.push(out.length);
        previous = 0;
        count = 0;
      }
      const dc = value(col, row) - 128;
      const difference = dc - previous;
      previous = dc;
      const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      put(category, 4);
      put(difference > 0 ? difference : difference + (1 << category) - 1, category);
      put(0, 1);
      count += 1;
    }
  flush();
  out.push(0xff, 0xd9);
  return { bytes: Uint8Array.from(out), starts };
}
