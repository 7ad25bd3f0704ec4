import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { RawReply } from '@exact/sdk/contract';
import type { BareSound } from '../recordings.ts';
import { readRange } from './byte-range.ts';

const TYPES: Readonly<Record<BareSound['format'], string>> = {
  wav: 'audio/wav',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  'ogg-vorbis': 'audio/ogg',
  'ogg-opus': 'audio/ogg',
};
export const soundType = (format: BareSound['format']): string => TYPES[format];

const CHUNK_BYTES = 256 * 1024;

export const soundSize = ({ head, from, to }: Pick<BareSound, 'head' | 'from' | 'to'>): number =>
  head.length + to - from;

/**
 * Answers a request for a sound with what of it was asked for. Whatever the bytes are, a browser that opens them alone runs nothing of them.
 *
 * @param path - of the original
 * @param isImmutable - the address changes when the sound does
 */
export function serveSound(
  path: string,
  sound: BareSound,
  headers: Readonly<Record<string, string | undefined>>,
  { etag, isImmutable }: { readonly etag: string; readonly isImmutable: boolean },
): RawReply {
  const size = soundSize(sound);
  const common = {
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // Whether somebody may hear it is asked each time, unless the address names this very sound.
    'cache-control': isImmutable ? 'private, max-age=3600, immutable' : 'private, no-cache',
    'accept-ranges': 'bytes',
    etag,
  };
  const known = headers['if-none-match'];
  if (known?.split(/\s*,\s*/).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag))
    return { status: 304, headers: common };
  // An `if-range` that names other bytes asks for everything.
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isSame ? readRange(headers['range'], size) : undefined;
  if (range === 'unsatisfiable')
    return {
      status: 416,
      headers: { ...common, 'cache-control': 'no-store', 'content-range': `bytes */${size}` },
      body: '',
    };
  const { first, last } = range ?? { first: 0, last: size - 1 };
  return {
    status: range ? 206 : 200,
    headers: {
      ...common,
      ...(range ? { 'content-range': `bytes ${first}-${last}/${size}` } : {}),
      'content-type': soundType(sound.format),
      'content-length': String(last - first + 1),
    },
    body: Readable.from(bytesOf(path, sound, first, last), { objectMode: false, highWaterMark: CHUNK_BYTES }),
  };
}

/** Bytes `first` to `last` of the head with what of the file follows it. */
async function* bytesOf(
  path: string,
  { head, from }: BareSound,
  first: number,
  last: number,
): AsyncGenerator<Buffer, void> {
  if (first < head.length) yield Buffer.from(head.subarray(first, last + 1));
  let at = from + Math.max(0, first - head.length);
  const end = from + last - head.length;
  if (at > end) return;
  const file = await open(path, 'r');
  try {
    while (at <= end) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at + 1));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
