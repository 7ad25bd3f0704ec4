import { sha256 } from './sha256.ts';

/**
 * Writes JSON in its one canonical form (RFC 8785): no spaces, the keys of objects by their UTF-16 code units, numbers and
 * texts as ECMAScript writes them. What is `undefined` is left out.
 */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`);
  return `{${parts.join(',')}}`;
}

/** SHA-256 of the canonical form in UTF-8, 64 hexadecimal digits: what a study is cited by. */
export const hashOf = (document: unknown): string => sha256(canonicalText(document));
