import { createHash } from 'node:crypto';

/**
 * The same UUID for the same text, for ever: an interrupted run is repeated with the same ids, and the platform then knows
 * what it has stored already. Version 8 of RFC 9562, SHA-256 of the text.
 */
export function stableUuid(text: string): string {
  const bytes = createHash('sha256').update(`exact demo: ${text}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
