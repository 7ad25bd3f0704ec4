import { type FileHandle, open } from 'node:fs/promises';
import { type BmpHeader, readBmpHeader } from './bmp-header.ts';
import { bmpRowToRgb, decodeRle } from './bmp-rows.ts';
import { openPlainTiff } from './plain-tiff.ts';

/** Enough for the largest header and palette. */
const HEAD_BYTES = 4096;
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Writes a BMP file as an uncompressed TIFF, which libvips reads row by row: its prebuilt form has no reader for BMP, and raw
 * pixels handed to it would have to be in memory as a whole. Memory: a few megabytes, for run-length files their pixels.
 *
 * @throws ConvertError
 */
export async function bmpToTiff(source: string, target: string, report: (fraction: number) => void): Promise<void> {
  const file = await open(source, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const header = readBmpHeader(buffer.subarray(0, bytesRead), size);
    const { width, height } = header;
    const rowsAtOnce = Math.max(1, Math.min(height, Math.floor(CHUNK_BYTES / Math.max(header.rowBytes, width * 3))));
    const rows = header.compression === 'none' ? storedRows(header, file) : await rleRows(header, file, size);
    const tiff = await openPlainTiff(target, { width, height, rowsPerStrip: rowsAtOnce });
    try {
      for (let y = 0; y < height; y += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, height - y);
        const strip = Buffer.alloc(count * width * 3);
        await rows(y, count, (row, i) =>
          bmpRowToRgb(header.compression === 'none' ? header : { ...header, bits: 8 }, row, strip, i * width * 3),
        );
        await tiff.write(strip);
        report((y + count) / height);
      }
    } finally {
      await tiff.close();
    }
  } finally {
    await file.close();
  }
}

type Rows = (y: number, count: number, use: (row: Uint8Array, index: number) => void) => Promise<void>;

function storedRows({ offset, rowBytes, height, isTopDown }: BmpHeader, file: FileHandle): Rows {
  return async (y, count, use) => {
    const first = isTopDown ? y : height - y - count;
    const chunk = Buffer.alloc(count * rowBytes);
    await file.read(chunk, 0, chunk.length, offset + first * rowBytes);
    for (let i = 0; i < count; i++) {
      const stored = isTopDown ? i : count - 1 - i;
      use(chunk.subarray(stored * rowBytes, (stored + 1) * rowBytes), i);
    }
  };
}

async function rleRows(header: BmpHeader, file: FileHandle, size: number): Promise<Rows> {
  // A pixel takes at most two bytes and an end of row two more: what is longer is not read.
  const length = Math.min(size - header.offset, header.width * header.height * 2 + header.height * 2 + 2);
  const data = Buffer.alloc(length);
  await file.read(data, 0, length, header.offset);
  const pixels = decodeRle(header, data);
  return async (y, count, use) => {
    for (let i = 0; i < count; i++) use(pixels.subarray((y + i) * header.width, (y + i + 1) * header.width), i);
  };
}
