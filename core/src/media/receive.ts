import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MEDIA_TYPES, MediaRefusedError, MediaTooLargeError, type MediaType } from '@exact/sdk/contract';
import { TaskCrashedError, TaskFailedError, TaskOutOfMemoryError, TaskTimedOutError } from '../jobs/child.ts';
import type { Processes } from '../jobs/processes.ts';
import { asDiskError } from '../storage/disk-errors.ts';
import { bytesOf, type Refusal } from './content/bytes.ts';
import { identify } from './content/identify.ts';
import { findLyingEnding } from './file-name.ts';
import type { Picture } from './picture-task.ts';

/** An unfinished file with what is known of its bytes. */
export interface Received {
  readonly sizeBytes: number;
  readonly sha256: Buffer;
}

/** Writes an upload to `path`, counts and hashes it. @throws MediaTooLargeError, DiskFullError; what the source throws */
export async function receive(source: AsyncIterable<Uint8Array>, path: string, limitBytes: number): Promise<Received> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) throw new MediaTooLargeError({ limitBytes });
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    throw asDiskError(error);
  }
  return { sizeBytes, sha256: hash.digest() };
}

/** What a request says of a file, against what the file says itself. */
export interface Claim {
  readonly name: string;
  /** `content-type`; nothing, or `application/octet-stream`, claims nothing. */
  readonly mediaType: string | undefined;
}
export interface Checked {
  readonly mediaType: MediaType;
  readonly picture?: Picture;
}

/**
 * Finds out what a file is; images are decoded, in a process of their own.
 *
 * @throws MediaRefusedError when it is none of what is taken, is broken, or is another thing than name or request say
 */
export async function checkMedia(
  processes: Processes,
  path: string,
  sizeBytes: number,
  claim: Claim,
  signal?: AbortSignal,
): Promise<Checked> {
  const refused = ({ reason, sentence }: Refusal, cause?: unknown): Error =>
    new MediaRefusedError({ file: claim.name, reason, sentence }, cause === undefined ? {} : { cause });
  const file = await open(path, 'r');
  const verdict = await identify(bytesOf(file, sizeBytes)).finally(() => file.close());
  if ('reason' in verdict) throw refused(verdict);
  const { mediaType } = verdict;
  const said = claimedType(claim.mediaType);
  // RFC 4337 and the WebM guidelines: what is called a film may hold sound only, and browsers call it so by its ending.
  if (said !== undefined && said !== mediaType && said.replace('video/', 'audio/') !== mediaType)
    throw refused({
      reason: 'TYPE_MISMATCH',
      sentence: `it was sent as ${said}, but it is ${mediaType}. Send it as what it is.`,
    });
  const ending = findLyingEnding(claim.name, mediaType);
  if (ending !== undefined)
    throw refused({
      reason: 'TYPE_MISMATCH',
      sentence: `its name ends in .${ending}, but it is ${mediaType}. Give it the ending .${MEDIA_TYPES[mediaType].endings[0]}.`,
    });
  if (MEDIA_TYPES[mediaType].kind !== 'image') return { mediaType };
  try {
    const picture = await processes.inProcess<Picture>(
      new URL('./picture-task.ts', import.meta.url),
      { path },
      { timeoutMs: 20_000, memoryMb: 1024, ...(signal ? { signal } : {}) },
    );
    if (`image/${picture.format}` !== mediaType)
      throw refused({
        reason: 'TYPE_MISMATCH',
        sentence: `it begins as ${mediaType}, but it is ${picture.format}. Save it anew.`,
      });
    return { mediaType, picture };
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal ? refused(refusal, error) : error;
  }
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof TaskFailedError && error.code === 'IMAGE_TOO_LARGE')
    return { reason: 'IMAGE_TOO_LARGE', sentence: error.message };
  if (error instanceof TaskFailedError && error.code === 'ANIMATED')
    return { reason: 'UNSUPPORTED_MEDIA', sentence: error.message };
  if (error instanceof TaskTimedOutError || error instanceof TaskOutOfMemoryError)
    return {
      reason: 'IMAGE_TOO_LARGE',
      sentence: 'decoding it takes too long or too much memory. Make it smaller, or add it to the image set.',
    };
  if (error instanceof TaskFailedError || error instanceof TaskCrashedError)
    return {
      reason: 'CORRUPT_FILE',
      sentence: 'it is a damaged or incomplete picture. Copy it again, or save it anew.',
    };
  return undefined;
}

/** Names that programs give to the same type. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mp3': 'audio/mpeg',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'video/ogg': 'audio/ogg', // browsers call all .ogg so; a film in it is refused by its content
  'audio/x-flac': 'audio/flac',
  'audio/m4a': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
  'audio/aacp': 'audio/aac',
  'audio/x-aac': 'audio/aac',
  'audio/vnd.dlna.adts': 'audio/aac',
};

/** The type by its usual name; nothing where a request says nothing, or leaves open whether a film has pictures. */
function claimedType(header: string | undefined): string | undefined {
  const type = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'application/octet-stream') return undefined;
  return ALIASES[type] ?? type;
}
