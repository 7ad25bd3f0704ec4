import { createHash } from 'node:crypto';

/** Namespace of the UUIDs below, made once. */
const NAMESPACE = '5b0e3f0c-7b1e-4c39-9a53-9d1c6f7e2a41';

/**
 * UUID (version 5, RFC 9562) of a file that is attached under a name to an object: sent again, by the same person, it is the same file. In it
 * is who sends it, for others may attach files of the same name.
 */
export function fileUuid(annotationUuid: string, userId: number, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(JSON.stringify([annotationUuid.toLowerCase(), userId, name]))
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
