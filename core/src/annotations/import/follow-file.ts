import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const PIECE_BYTES = 256 * 1024;
const LOOK_MS = 20;

/**
 * Reads a file while another process writes it, until `written` is settled and nothing is left. So the database takes the first
 * rows of an import while the last ones are still checked.
 *
 * @throws what `written` was rejected with; the reason of `signal`
 */
export async function* followFile(
  path: string,
  written: Promise<unknown>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let isWritten = false;
  let failure: { readonly error: unknown } | undefined;
  written.then(
    () => (isWritten = true),
    (error: unknown) => (failure = { error }),
  );
  const file = await open(path, 'r');
  try {
    for (;;) {
      signal.throwIfAborted();
      if (failure) throw failure.error;
      const isLast = isWritten; // looked at before reading: what is read after it is all there is
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (isLast) return;
      else await delay(LOOK_MS);
    }
  } finally {
    await file.close();
  }
}
