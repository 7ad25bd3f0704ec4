import type { FileHandle } from 'node:fs/promises';
import type { MediaType } from '@exact/sdk/contract';
import type { Bytes } from '../content/bytes.ts';
import { flacTraces, mpegTraces, wavTraces } from './sound.ts';
import { mp4Traces } from './mp4.ts';
import { oggTraces } from './ogg.ts';
import type { Traces } from './overwrite.ts';
import { webmTraces } from './webm.ts';

const FINDERS: Partial<Record<MediaType, (file: Bytes) => Traces>> = {
  'audio/wav': wavTraces,
  'audio/mpeg': mpegTraces,
  'audio/aac': mpegTraces,
  'audio/flac': flacTraces,
  'audio/ogg': oggTraces,
  'audio/mp4': mp4Traces,
  'video/mp4': mp4Traces,
  'audio/webm': webmTraces,
  'video/webm': webmTraces,
};

/**
 * Writes over what a sound or film tells beside itself: titles, names, places, times, devices, pictures. The file has been checked
 * before, so that its parts follow each other.
 */
export async function overwriteTraces(handle: FileHandle, file: Bytes, mediaType: MediaType): Promise<void> {
  const find = FINDERS[mediaType];
  if (!find) return;
  for await (const { at, bytes } of find(file)) await writeFully(handle, bytes, at);
}

async function writeFully(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}
