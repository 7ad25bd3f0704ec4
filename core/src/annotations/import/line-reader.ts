import { isUtf8 } from 'node:buffer';

/** Longest line: 100,000 points with all their digits, and the meta data. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;

/** One line of a file, or why it is none. Lines count from 1. */
export type Line =
  | { readonly number: number; readonly end: number; readonly value: unknown }
  | { readonly number: number; readonly end: number; readonly code: string; readonly message: string };

/**
 * Reads newline-delimited JSON piece by piece; holds one line at a time, and of one that is too long no more than may be.
 *
 * A last line break and a byte order mark at the start are allowed, empty lines are not: the number of a line is the number
 * of its annotation.
 *
 * @returns each line with the byte after it
 */
export async function* readLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let end = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isTooLong = false;
  const hold = (part: Buffer): void => {
    heldBytes += part.length;
    if (heldBytes > MAX_LINE_BYTES) {
      isTooLong = true;
      held = [];
    } else held.push(part);
  };
  const take = (): Line => {
    number += 1;
    end += heldBytes;
    const line = isTooLong
      ? {
          number,
          end,
          code: 'LINE_TOO_LONG',
          message: `the line has more than ${MAX_LINE_BYTES} bytes; is there a line break after each annotation?`,
        }
      : parseLine(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held), number, end);
    held = [];
    heldBytes = 0;
    isTooLong = false;
    return line;
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      hold(piece.subarray(from, at));
      from = at + 1;
      yield take();
      end += 1;
    }
    if (from < piece.length) hold(Buffer.from(piece.subarray(from))); // the piece may be used again by its stream
  }
  if (heldBytes > 0) yield take();
}

function parseLine(bytes: Buffer, number: number, end: number): Line {
  if (!isUtf8(bytes)) return { number, end, code: 'LINE_NOT_UTF8', message: 'the line is not UTF-8 text' };
  const text = bytes.toString('utf8');
  try {
    return { number, end, value: JSON.parse(number === 1 ? text.replace(/^\uFEFF/, '') : text) as unknown };
  } catch (error) {
    const isEmpty = text.trim() === '';
    return {
      number,
      end,
      code: isEmpty ? 'LINE_EMPTY' : 'LINE_NOT_JSON',
      message: isEmpty
        ? 'the line is empty; every line holds one annotation'
        : `the line is not JSON: ${(error as Error).message.slice(0, 200)}`,
    };
  }
}
