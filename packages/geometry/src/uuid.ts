import { GeometryError } from './errors.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
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

/** Reads the 16 bytes at `offset` as text in lower case. */
export function readUuid(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[offset + i]!]!;
  }
  return text;
}
