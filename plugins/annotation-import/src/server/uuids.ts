import { hash } from 'node:crypto';

/** Name space of the UUIDs that are made here (RFC 9562, version 5). */
const SPACE = Buffer.from('5e1f0cf9a5f4457e8d3eb92a3d6c7f41', 'hex');

/** A UUID that follows from a text: the second time it is the same. */
export function uuidOf(text: string): string {
  const bytes = hash('sha1', Buffer.concat([SPACE, Buffer.from(text)]), 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export interface UuidRules {
  readonly sha256: string;
  /** Where the annotations go: another target makes other UUIDs. */
  readonly target: string;
  readonly uuids: 'keep' | 'new';
  /** Eight hexadecimal digits in which UUIDs of this person must end, in projects where people work blind. */
  readonly mark?: string | undefined;
}

/** The UUID of an annotation of a file: its own, or one that follows from file, place in the file and target. */
export function uuidFor(
  { sha256, target, uuids, mark }: UuidRules,
  { uuid, place }: { readonly uuid?: string; readonly place: string },
  imageId: number,
  authorId: number,
): string {
  if (uuid !== undefined && uuids === 'keep' && (mark === undefined || uuid.endsWith(mark))) return uuid;
  const made = uuidOf([sha256, place, uuid ?? '', target, imageId, authorId].join('\n'));
  return mark === undefined ? made : made.slice(0, -mark.length) + mark;
}
