import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A text file that is written line by line, in large pieces. */
export interface LineFile {
  append(line: string): void;
  close(): void;
}

const PIECE = 1024 * 1024;

/** Opens a new file for writing. In processes of their own only: it writes synchronously. */
export function createLineFile(path: string): LineFile {
  const file = openSync(path, 'wx');
  let held: string[] = [];
  let size = 0;
  const flush = (): void => {
    if (size > 0) writeSync(file, held.join(''));
    held = [];
    size = 0;
  };
  return {
    append(line) {
      held.push(line, '\n');
      size += line.length + 1;
      if (size >= PIECE) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** Lines of a file that was written by us. */
export async function* readLinesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, { highWaterMark: PIECE });
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') yield line;
  } finally {
    input.destroy();
  }
}
