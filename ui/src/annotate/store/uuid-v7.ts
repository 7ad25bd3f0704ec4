/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7): milliseconds, then random bits. Ids made one after the other by one maker
 * sort in that order, also within a millisecond: the twelve bits after the time count up (method 1 of section 6.2).
 *
 * @param now    - milliseconds since 1970
 * @param random - fills bytes with random values
 * @param mark   - hexadecimal digits to end in, see `Project.uuidMark`
 */
export function createUuidMaker(
  now: () => number = Date.now,
  random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => void crypto.getRandomValues(bytes),
  mark: () => string = () => '',
): () => string {
  let last = 0;
  let count = 0;

  return () => {
    const bytes = new Uint8Array(16);
    random(bytes);
    const at = now();
    if (at > last) {
      last = at;
      count = (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) & 0x7ff; // the upper half stays free to count into
    } else if (++count > 0xfff) {
      last += 1;
      count = 0;
    }
    let rest = last;
    for (let i = 5; i >= 0; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    bytes[6] = 0x70 | (count >> 8);
    bytes[7] = count & 0xff;
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    const end = mark();
    return end === '' ? uuid : uuid.slice(0, -end.length) + end;
  };
}

/**
 * A UUID as somebody who works blind may store it, always the same one of the same: two tabs that send what an earlier page left
 * must not store it twice. The server's rule: the last eight digits are the person's id.
 */
export const markedUuid = (uuid: string, userId: number): string =>
  uuid.slice(0, -8) + userId.toString(16).padStart(8, '0');

let markOfProject = '';

/** The maker of this browser tab: all that it gives UUIDs to. */
export const makeUuid = createUuidMaker(undefined, undefined, () => markOfProject);

/** Has all UUIDs from now on end as the project wants it; who works blind in it may store no others. */
export function markUuids(mark: string | undefined): void {
  markOfProject = mark ?? '';
}
