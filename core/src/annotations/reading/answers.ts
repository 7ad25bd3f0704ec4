import { createCipheriv, createSecretKey, hash } from 'node:crypto';
import type { FrameRoom } from '@exact/geometry';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter } from '@exact/sdk/server';
import type { Seeing } from '../../auth/seeing.ts';
import type { HookCallers } from '../../kernel/hook-caller.ts';
import { visibleFilters } from '../visibility.ts';
import type { PackedOptions } from './packed.ts';
import type { Revisions } from './revisions.ts';

/** A binary answer with its validator. */
export interface PackedAnswer {
  readonly etag: string;
  /** Absent when the reader has them already. */
  readonly bytes?: Uint8Array;
  /** From where on to watch the live channel so that nothing is missed; absent where that is nobody's business. */
  readonly cursor?: string;
}

export interface AskedOptions {
  /** Validators of answers that the reader keeps (the header `If-None-Match`). */
  readonly known?: string | undefined;
  /** Gives room for a frame that nobody else will hold; without it, room is made. */
  readonly room?: FrameRoom | undefined;
}

/** What a reading of an answer has to know beside the filters, all of which must hold. */
export interface Reading extends PackedOptions {
  /** Revision of the image that the answer shows at least. */
  readonly label: string;
  readonly room: FrameRoom | undefined;
}

type Read = (filters: readonly AnnotationFilter[], reading: Reading) => Promise<Uint8Array>;

/** Validators of narrowed answers that are known, by reader and question: a hundred bytes each. */
const MOST_KNOWN = 20_000;

/** @param kind - of the answer, with the version of its form: what a browser has kept of an older one must not look good */
export type Answer = (
  kind: string,
  filter: AnnotationFilter & { readonly imageId: number },
  context: HookContext,
  asked: AskedOptions,
  read: Read,
) => Promise<PackedAnswer>;

/**
 * Gives answers with a validator, and without reading when the reader has the answer already.
 *
 * Where everybody sees the same, the validator comes from the revision of the image. For readers who are narrowed, by the mode
 * of the project or by a plugin, it would tell when others draw what they may not see. There the bytes themselves are hashed, and hold
 * no cursor: readers who see the same get the same answer to the last byte, whatever others do. As long as the image has not
 * changed, the hash of an answer is remembered.
 */
export function createAnswer(
  { hooks, seeing }: { readonly hooks: HookCallers; readonly seeing: Seeing },
  revisions: Revisions,
): Answer {
  const validators = new Map<string, { readonly label: string; readonly etag: string }>();

  function remember(key: string, label: string, etag: string): void {
    validators.delete(key);
    validators.set(key, { label, etag });
    if (validators.size > MOST_KNOWN) validators.delete(validators.keys().next().value ?? '');
  }

  return async (kind, filter, context, { known, room }, read) => {
    const { signal } = context;
    // Before anything is read: the answer holds what this revision holds, and maybe more.
    const { cursor, label } = await revisions.of(filter.imageId);
    const { filters, isForAll } = await visibleFilters(filter, { hooks, seeing, context });
    if (isForAll) {
      const etag = `W/"${kind}-${digest(JSON.stringify([label, Object.entries(filter).sort()]))}"`;
      if (isKnown(known, etag)) return { etag };
      const bytes = await read(filters, { cursor, signal, label, room });
      return { etag, bytes, cursor: String(cursor) };
    }
    // The filters say who it is as far as it makes a difference.
    const key = `${kind} ${digest(JSON.stringify(filters))}`;
    const kept = validators.get(key);
    if (kept?.label === label && isKnown(known, kept.etag)) return { etag: kept.etag };
    const bytes = await read(filters, { cursor: 0, signal, label, room });
    const etag = `"${checksum(bytes)}"`;
    remember(key, label, etag);
    return isKnown(known, etag) ? { etag } : { etag, bytes };
  };
}

const digest = (content: string | Uint8Array): string => hash('sha256', content, 'base64url').slice(0, 22);

/** From here on GMAC is quicker. */
const LARGE_BYTES = 16 * 1024;

/**
 * A hash of the bytes that costs next to nothing. Of large answers it is the tag of GMAC with a fixed key, an eighth of the time of
 * SHA-256, which would be a sixth of reading many shapes. Who wants to can make two answers with the same tag, of annotations of
 * their own, and deceive their own browser. It has to be the same in all processes.
 */
function checksum(bytes: Uint8Array): string {
  if (bytes.length < LARGE_BYTES) return digest(bytes);
  const mac = createCipheriv('aes-128-gcm', CHECKSUM_KEY, CHECKSUM_IV).setAAD(bytes);
  mac.final();
  return mac.getAuthTag().toString('base64url');
}
/** Made ready once: that is half of the time of a short one. */
const CHECKSUM_KEY = createSecretKey(Buffer.from('packed answers 1'));
const CHECKSUM_IV = Buffer.alloc(12);

/** Weak comparison of `If-None-Match` (RFC 9110, 13.1.2): `W/` says nothing there. */
function isKnown(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  const plain = (tag: string): string => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => plain(tag) === plain(etag) || tag.trim() === '*');
}
