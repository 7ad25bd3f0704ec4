import { open } from 'node:fs/promises';

export interface PlainTiff {
  /** Appends the rows of one strip. */
  write(rows: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const HEADER_BYTES = 16;

/** Begins an uncompressed 8-bit RGB file as BigTIFF, which has no limit at 4 GB. Directory and strip tables come first: all sizes are known. */
export async function openPlainTiff(
  path: string,
  { width, height, rowsPerStrip }: { readonly width: number; readonly height: number; readonly rowsPerStrip: number },
): Promise<PlainTiff> {
  const strips = Math.ceil(height / rowsPerStrip);
  const entries = 10;
  const tablesAt = HEADER_BYTES + 8 + entries * 20 + 8;
  const dataAt = tablesAt + strips * 16;
  const head = Buffer.alloc(dataAt);
  head.write('II');
  head.writeUInt16LE(43, 2);
  head.writeUInt16LE(8, 4);
  head.writeBigUInt64LE(BigInt(HEADER_BYTES), 8);
  head.writeBigUInt64LE(BigInt(entries), HEADER_BYTES);
  let at = HEADER_BYTES + 8;
  const entry = (tag: number, type: number, count: number, write: (at: number) => void): void => {
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeBigUInt64LE(BigInt(count), at + 4);
    write(at + 12);
    at += 20;
  };
  const short =
    (...values: number[]) =>
    (to: number): void =>
      values.forEach((value, i) => head.writeUInt16LE(value, to + i * 2));
  const long =
    (value: number) =>
    (to: number): void =>
      void head.writeUInt32LE(value, to);
  const table =
    (start: number) =>
    (to: number): void =>
      void head.writeBigUInt64LE(strips === 1 ? head.readBigUInt64LE(start) : BigInt(start), to);
  const bytesOf = (strip: number): number => Math.min(rowsPerStrip, height - strip * rowsPerStrip) * width * 3;
  for (let strip = 0, offset = dataAt; strip < strips; strip++) {
    head.writeBigUInt64LE(BigInt(offset), tablesAt + strip * 8);
    head.writeBigUInt64LE(BigInt(bytesOf(strip)), tablesAt + (strips + strip) * 8);
    offset += bytesOf(strip);
  }
  entry(256, 4, 1, long(width));
  entry(257, 4, 1, long(height));
  entry(258, 3, 3, short(8, 8, 8));
  entry(259, 3, 1, short(1));
  entry(262, 3, 1, short(2));
  entry(273, 16, strips, table(tablesAt));
  entry(277, 3, 1, short(3));
  entry(278, 4, 1, long(rowsPerStrip));
  entry(279, 16, strips, table(tablesAt + strips * 8));
  entry(284, 3, 1, short(1));

  const file = await open(path, 'w');
  await file.writeFile(head);
  return {
    write: (rows) => file.writeFile(rows),
    close: () => file.close(),
  };
}
