import { open } from 'node:fs/promises';
import { MEDIA_TYPES, MediaRefusedError, type MediaType } from '@exact/sdk/contract';
import { TaskCrashedError, TaskFailedError, TaskOutOfMemoryError, TaskTimedOutError } from '../jobs/child.ts';
import type { Processes } from '../jobs/processes.ts';
import { asDiskError } from '../storage/disk-errors.ts';
import { bytesOf, type Refusal, type Verdict } from './content/bytes.ts';
import { identify } from './content/identify.ts';
import { findLyingEnding } from './file-name.ts';
import type { Picture } from './picture-task.ts';
import { overwriteTraces } from './traces/sound-and-film.ts';

/** What a request says of a file, against what the file says itself. */
export interface Claim {
  readonly name: string;
  /** `content-type`; nothing, or `application/octet-stream`, claims nothing. */
  readonly mediaType: string | undefined;
}

export interface Checked {
  readonly mediaType: MediaType;
  /** Of the file as it is kept. */
  readonly sizeBytes: number;
  readonly picture?: Picture;
}

/**
 * Finds out what a file is, and takes out of it what it tells beside pictures and sound. Images are decoded, in a process of their
 * own.
 *
 * @param path - an unfinished file; it is changed in its place
 * @throws MediaRefusedError when it is none of what is taken, is broken, or is another thing than name or request say
 */
export async function checkMedia(
  processes: Processes,
  path: string,
  sizeBytes: number,
  claim: Claim,
  signal?: AbortSignal,
): Promise<Checked> {
  const verdict = await look(path, sizeBytes);
  const refusal = 'reason' in verdict ? verdict : findLie(claim, verdict.mediaType);
  if ('reason' in verdict || refusal) throw refused(claim, refusal as Refusal);
  const { mediaType } = verdict;
  if (MEDIA_TYPES[mediaType].kind === 'image') {
    const picture = await decode(processes, path, mediaType, claim, signal);
    return { mediaType, sizeBytes: picture.sizeBytes, picture };
  }
  const file = await open(path, 'r+');
  try {
    await overwriteTraces(file, bytesOf(file, sizeBytes), mediaType);
  } catch (error) {
    throw asDiskError(error);
  } finally {
    await file.close();
  }
  return { mediaType, sizeBytes };
}

const refused = ({ name }: Claim, { reason, sentence }: Refusal, cause?: unknown): Error =>
  new MediaRefusedError({ file: name, reason, sentence }, cause === undefined ? {} : { cause });

async function look(path: string, sizeBytes: number): Promise<Verdict> {
  const file = await open(path, 'r');
  return identify(bytesOf(file, sizeBytes)).finally(() => file.close());
}

function findLie({ name, mediaType: header }: Claim, mediaType: MediaType): Refusal | undefined {
  const said = claimedType(header);
  // RFC 4337 and the WebM guidelines: what is called a film may hold sound only, and browsers call it so by its ending.
  if (said !== undefined && said !== mediaType && said.replace('video/', 'audio/') !== mediaType)
    return {
      reason: 'TYPE_MISMATCH',
      sentence: `it was sent as ${said}, but it is ${mediaType}. Send it as what it is.`,
    };
  const ending = findLyingEnding(name, mediaType);
  if (ending === undefined) return undefined;
  return {
    reason: 'TYPE_MISMATCH',
    sentence: `its name ends in .${ending}, but it is ${mediaType}. Give it the ending .${MEDIA_TYPES[mediaType].endings[0]}.`,
  };
}

async function decode(
  processes: Processes,
  path: string,
  mediaType: MediaType,
  claim: Claim,
  signal: AbortSignal | undefined,
): Promise<Picture> {
  let picture: Picture;
  try {
    picture = await processes.inProcess<Picture>(
      new URL('./picture-task.ts', import.meta.url),
      { path },
      { timeoutMs: 20_000, memoryMb: 1024, ...(signal ? { signal } : {}) },
    );
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal ? refused(claim, refusal, error) : asDiskError(error);
  }
  if (`image/${picture.format}` === mediaType) return picture;
  throw refused(claim, {
    reason: 'TYPE_MISMATCH',
    sentence: `it begins as ${mediaType}, but it is ${picture.format}. Save it anew.`,
  });
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof TaskFailedError) {
    if (error.code === 'IMAGE_TOO_LARGE') return { reason: 'IMAGE_TOO_LARGE', sentence: error.message };
    if (error.code === 'ANIMATED') return { reason: 'UNSUPPORTED_MEDIA', sentence: error.message };
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return undefined;
  }
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

/** The type by its usual name; nothing where a request claims nothing. */
function claimedType(header: string | undefined): string | undefined {
  const type = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'application/octet-stream') return undefined;
  return ALIASES[type] ?? type;
}
