import { isUtf8 } from 'node:buffer';

/** Longest line: 100,000 points with all their digits, and the meta data. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;

/** One line of a file, or why it is none. Lines count from 1. */
export type Line =
  | { readonly number: number; readonly value: object }
  | { readonly number: number; readonly code: string; readonly message: string };

/**
 * Reads newline-delimited JSON piece by piece; holds one line at a time, and of one that is too long no more than may be.
 *
 * A last line break and a byte order mark at the start are allowed, empty lines are not: the number of a line is the number
 * of its annotation.
 */
export function createLineReader(onLine: (line: Line) => void): { next(piece: Buffer): void; end(): void } {
  let number = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (part: Buffer): void => {
    heldBytes += part.length;
    if (heldBytes > MAX_LINE_BYTES) held = [];
    else held.push(part);
  };
  const take = (): void => {
    number += 1;
    const line: Line =
      heldBytes > MAX_LINE_BYTES
        ? {
            number,
            code: 'LINE_TOO_LONG',
            message: `the line has more than ${MAX_LINE_BYTES} bytes; is there a line break after each annotation?`,
          }
        : parseLine(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held), number);
    held = [];
    heldBytes = 0;
    onLine(line);
  };
  return {
    next(piece) {
      let from = 0;
      for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
        hold(piece.subarray(from, at));
        from = at + 1;
        take();
      }
      if (from < piece.length) hold(piece.subarray(from));
    },
    end() {
      if (heldBytes > 0) take();
    },
  };
}

function parseLine(bytes: Buffer, number: number): Line {
  if (!isUtf8(bytes)) return { number, code: 'LINE_NOT_UTF8', message: 'the line is not UTF-8 text' };
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(number === 1 ? text.replace(/^\uFEFF/, '') : text);
  } catch (error) {
    return text.trim() === ''
      ? { number, code: 'LINE_EMPTY', message: 'the line is empty; every line holds one annotation' }
      : { number, code: 'LINE_NOT_JSON', message: `the line is not JSON: ${(error as Error).message.slice(0, 200)}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { number, value };
  return { number, code: 'LINE_NO_OBJECT', message: 'the line is no JSON object' };
}
