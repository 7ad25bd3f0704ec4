import { GeometryError } from './errors.ts';

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Where the text of each byte begins, the hyphens between. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
/** The text that is being read, character by character; hyphens stay. */
const text = new Array<number>(36).fill('-'.charCodeAt(0));
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Writes a UUID, text or 16 bytes, at `offset`.
 *
 * @throws {@link GeometryError} `GEOMETRY_FRAME` when it is no UUID
 */
export function writeUuid(uuid: string | Uint8Array, target: Uint8Array, offset: number): void {
  if (typeof uuid !== 'string') {
    if (uuid.length !== 16) throw new GeometryError('GEOMETRY_FRAME', `A UUID has 16 bytes, not ${uuid.length}.`);
    target.set(uuid, offset);
    return;
  }
  if (!FORM.test(uuid)) throw new GeometryError('GEOMETRY_FRAME', `${JSON.stringify(uuid.slice(0, 40))} is no UUID.`);
  const hex = uuid.replaceAll('-', '');
  for (let i = 0; i < 16; i++) target[offset + i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
}

/** Values of hexadecimal digits in lower case by their character code, -1 for all else. */
const VALUES = new Int8Array(128).fill(-1);
DIGITS.forEach((code, value) => (VALUES[code] = value));

/** Writes a UUID at `offset` that `readUuid` would give. @returns false where the text is another one: nothing is thrown */
export function parseUuid(uuid: string, target: Uint8Array, offset: number): boolean {
  if (uuid.length !== 36 || uuid[8] !== '-' || uuid[13] !== '-' || uuid[18] !== '-' || uuid[23] !== '-') return false;
  for (let i = 0; i < 16; i++) {
    const place = PLACES[i]!;
    const byte = ((VALUES[uuid.charCodeAt(place)] ?? -1) << 4) | (VALUES[uuid.charCodeAt(place + 1)] ?? -1);
    if (byte < 0) return false;
    target[offset + i] = byte;
  }
  return true;
}

/** Reads the 16 bytes at `offset` as text in lower case. */
export function readUuid(bytes: Uint8Array, offset: number): string {
  // In one go: joined from pieces, each of a million texts would keep its pieces in memory, and take twice as long.
  for (let i = 0; i < 16; i++) {
    const byte = bytes[offset + i]!;
    const place = PLACES[i]!;
    text[place] = DIGITS[byte >> 4]!;
    text[place + 1] = DIGITS[byte & 15]!;
  }
  return String.fromCharCode(...text);
}
