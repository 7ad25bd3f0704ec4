import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MediaTooLargeError } from '@exact/sdk/contract';
import { asDiskError } from '../storage/disk-errors.ts';

/** Writes an upload to `path`. @returns its bytes @throws MediaTooLargeError, DiskFullError; what the source throws */
export async function receive(source: AsyncIterable<Uint8Array>, path: string, limitBytes: number): Promise<number> {
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) throw new MediaTooLargeError({ limitBytes });
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    throw asDiskError(error);
  }
  return sizeBytes;
}

export async function hashFile(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
