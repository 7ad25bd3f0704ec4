/** First and last byte, both inside the file. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a `range` header (RFC 9110, 14.2).
 *
 * @returns nothing for "all of it": no header, another unit, several ranges (a server may answer those with everything, and no player
 *   asks for them), or what is no range; `unsatisfiable` when none of it is in the file
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '') {
    if (to === '') return undefined;
    const length = Math.min(Number(to), size); // the last bytes
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined;
  if (first >= size) return 'unsatisfiable';
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
