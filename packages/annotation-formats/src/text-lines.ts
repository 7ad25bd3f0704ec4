/** One line of a text file, without its line break, or why it cannot be read. Lines count from 1. */
export type TextLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly code: string; readonly message: string };

/** Longest line: 100,000 points with all their digits, and the meta data. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Reads a text file line by line; holds one line, and of one that is too long nothing. A byte order mark is dropped. */
export async function* readLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const hold = (part: Uint8Array): void => {
    heldBytes += part.length;
    if (heldBytes > MAX_LINE_BYTES) held = [];
    else held.push(part);
  };
  const take = (): TextLine => {
    number += 1;
    const size = heldBytes;
    const parts = held;
    held = [];
    heldBytes = 0;
    if (size > MAX_LINE_BYTES) {
      const message = `the line has ${size} bytes; at most ${MAX_LINE_BYTES} are read. Is there a line break after each annotation?`;
      return { number, code: 'LINE_TOO_LONG', message };
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    try {
      let text = decoder.decode(bytes);
      if (number === 1 && text.startsWith('\uFEFF')) text = text.slice(1);
      return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
    } catch {
      return { number, code: 'TEXT_NOT_UTF8', message: 'the line is not UTF-8 text. Save the file as UTF-8' };
    }
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      hold(piece.subarray(from, at));
      from = at + 1;
      yield take();
    }
    // A copy: the caller may use its buffer again.
    if (from < piece.length) hold(piece.slice(from));
  }
  if (heldBytes > 0) yield take();
}
