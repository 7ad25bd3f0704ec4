import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@exact/sound';

/** A file as bytes to read in parts. Close it when nothing is read any more. */
export async function openFileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file: FileHandle = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      let got = 0;
      while (got < buffer.length) {
        const { bytesRead } = await file.read(buffer, got, buffer.length - got, offset + got);
        if (bytesRead === 0) break; // shorter than a moment ago
        got += bytesRead;
      }
      return buffer.subarray(0, got);
    },
    close: () => file.close(),
  };
}
