/** Smaller answers are made anew: room for them is cheap. */
const SMALLEST = 64 * 1024;
/** Larger ones are rare, and one of them would fill the shelf. */
const LARGEST = 16 * 1024 * 1024;
/** What is kept while nobody needs it. */
const MOST_KEPT = 32 * 1024 * 1024;

const kept = new Map<number, ArrayBuffer[]>();
const onLoan = new WeakSet<ArrayBuffer>();
let keptBytes = 0;

/**
 * Gives room for a large answer, to be used again when the answer has been sent. Made anew for each answer, its memory would be
 * the garbage collector's: every 20 MB of it stop the process for some 10 ms, a third of the time of reading many shapes.
 *
 * Only for bytes that nobody but the answer holds. What they hold is what an answer before has left in them.
 */
export function takeReplyBuffer(length: number): Uint8Array<ArrayBuffer> {
  if (length < SMALLEST || length > LARGEST) return new Uint8Array(length);
  const size = 2 ** Math.ceil(Math.log2(length));
  const buffer = kept.get(size)?.pop();
  if (buffer) keptBytes -= size;
  const room = buffer ?? new ArrayBuffer(size);
  onLoan.add(room);
  return new Uint8Array(room, 0, length);
}

/** Takes room back, when nothing reads it any more. Anything else than what was taken above is left alone. */
export function giveBackReplyBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || !onLoan.delete(buffer)) return;
  const size = buffer.byteLength;
  if (keptBytes + size > MOST_KEPT) return;
  keptBytes += size;
  const shelf = kept.get(size);
  if (shelf) shelf.push(buffer);
  else kept.set(size, [buffer]);
}
