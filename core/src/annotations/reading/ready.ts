/** Answers held ready, each for one revision of its image. */
export interface Ready {
  /**
   * Gives what is held for the label, or reads and holds it; those who ask for the same meanwhile wait for that reading.
   *
   * @param question - says the image and what of it is seen
   */
  get(question: string, label: string, read: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

interface Held {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** Holds the newest answer of each of the questions asked last, as many as fit into `maxBytes`. */
export function createReady(maxBytes: number): Ready {
  const held = new Map<string, Held>();
  const reading = new Map<string, Promise<Uint8Array>>();
  let size = 0;

  function drop(question: string): void {
    size -= held.get(question)?.bytes.length ?? 0;
    held.delete(question);
  }

  function hold(question: string, entry: Held): void {
    drop(question);
    if (entry.bytes.length > maxBytes) return;
    held.set(question, entry);
    size += entry.bytes.length;
    for (const oldest of held.keys()) {
      if (size <= maxBytes) break;
      drop(oldest);
    }
  }

  return {
    async get(question, label, read) {
      const found = held.get(question);
      if (found?.label === label) {
        held.delete(question);
        held.set(question, found); // asked for last
        return found.bytes;
      }
      const key = `${question} ${label}`;
      let current = reading.get(key);
      if (!current) {
        current = read().finally(() => reading.delete(key));
        reading.set(key, current);
        current.then((bytes) => hold(question, { label, bytes })).catch(() => undefined); // told to those who wait for it
      }
      return current;
    },
  };
}
