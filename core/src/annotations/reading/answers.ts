import { createHash } from 'node:crypto';
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
}

type Read = (filters: readonly AnnotationFilter[], options: PackedOptions) => Promise<Uint8Array>;

/**
 * Answers with a validator, and without reading when the reader has the answer already.
 *
 * Where no plugin has a say in who sees what, the validator comes from the revision of the image: nothing is read for a 304.
 * Where one has, a revision would tell readers when others draw what they may not see. There the bytes themselves are
 * hashed, and hold no cursor: readers who see the same get the same answer to the last byte, whatever others do.
 *
 * @param kind - of the answer, with the version of its form: what a browser has kept of an older one must not look good
 */
export async function answer(
  { hooks, seeing, revisions }: { readonly hooks: HookCallers; readonly seeing: Seeing; readonly revisions: Revisions },
  kind: string,
  filter: AnnotationFilter & { readonly imageId: number },
  context: HookContext,
  { known }: AskedOptions,
  read: (isForAll: boolean, label: string) => Read,
): Promise<PackedAnswer> {
  const { signal } = context;
  // Before anything is read: the answer holds what this revision holds, and maybe more.
  const { cursor, label } = await revisions.of(filter.imageId);
  const { filters, isForAll } = await visibleFilters(filter, { hooks, seeing, context });
  if (!isForAll) {
    const bytes = await read(false, label)(filters, { cursor: 0, signal });
    const etag = `"${digest(bytes)}"`;
    return isKnown(known, etag) ? { etag } : { etag, bytes };
  }
  const etag = `W/"${kind}-${digest(JSON.stringify([label, Object.entries(filter).sort()]))}"`;
  if (isKnown(known, etag)) return { etag };
  const bytes = await read(true, label)(filters, { cursor, signal });
  return { etag, bytes, cursor: String(cursor) };
}

const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('base64url').slice(0, 22);

/** Weak comparison of `If-None-Match` (RFC 9110, 13.1.2): `W/` says nothing there. */
function isKnown(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  const plain = (tag: string): string => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => plain(tag) === plain(etag) || tag.trim() === '*');
}
