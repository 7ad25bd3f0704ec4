/** Answers held ready, each for one revision of its image. */
export interface Ready {
  /** Gives what is held for the label, or reads and holds it; those who ask for the same meanwhile wait for that reading. */
  get(imageId: number, label: string, read: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

interface Held {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** Holds the newest answer of each of the images asked for last, as many as fit into `maxBytes`. */
export function createReady(maxBytes: number): Ready {
  const held = new Map<number, Held>();
  const reading = new Map<string, Promise<Uint8Array>>();
  let size = 0;

  function drop(imageId: number): void {
    size -= held.get(imageId)?.bytes.length ?? 0;
    held.delete(imageId);
  }

  function hold(imageId: number, entry: Held): void {
    drop(imageId);
    if (entry.bytes.length > maxBytes) return;
    held.set(imageId, entry);
    size += entry.bytes.length;
    for (const oldest of held.keys()) {
      if (size <= maxBytes) break;
      drop(oldest);
    }
  }

  return {
    async get(imageId, label, read) {
      const found = held.get(imageId);
      if (found?.label === label) {
        held.delete(imageId);
        held.set(imageId, found); // asked for last
        return found.bytes;
      }
      const key = `${imageId} ${label}`;
      let current = reading.get(key);
      if (!current) {
        current = read().finally(() => reading.delete(key));
        reading.set(key, current);
        current.then((bytes) => hold(imageId, { label, bytes })).catch(() => undefined); // told to those who wait for it
      }
      return current;
    },
  };
}
