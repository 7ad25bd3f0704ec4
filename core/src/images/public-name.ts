import { randomInt } from 'node:crypto';

/** Without 0/o, 1/l/i: names are read aloud and typed. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const TAIL = 4;

/**
 * Makes a pseudonym `yymmdd-hhmm-xxxx` (UTC). The tail is random and not made from the name of the file: a hash could be
 * tested against a list of candidates. 31⁴ = 923,521 for each minute; the unique index tells of the rare clash, then make another.
 */
export function makePublicName(now = new Date()): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  const tail = Array.from({ length: TAIL }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${date.slice(2).replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}-${tail}`;
}

/** The name of an upload as people may see it again: no folders, no control characters, not longer than the contract allows. */
export function cleanFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const clean = last.replaceAll(/\p{Cc}/gu, '').trim();
  return [...clean].slice(0, 200).join('') || 'unnamed';
}
