/** First and last byte, both inside. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a `range` header (RFC 9110, 14.2).
 *
 * @returns nothing for "all of it": no header, another unit, several ranges, or what is no range; `unsatisfiable` when none of it is there
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, from, to] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  const last = Math.min(size - 1, to === '' || from === '' ? size - 1 : Number(to));
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  if (from !== '' && to !== '' && Number(to) < first) return undefined;
  return first > last ? 'unsatisfiable' : { first, last };
}
