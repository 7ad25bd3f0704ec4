import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** An upload that had not ended when the page was closed. */
export interface RememberedUpload {
  readonly key: string;
  readonly imageSetId: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModified: number;
  /** Opens the file again without choosing it; only some browsers have it. */
  readonly handle?: FileSystemFileHandle;
}

interface Schema extends DBSchema {
  uploads: { key: string; value: RememberedUpload; indexes: { imageSet: number } };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('exact-uploads', 1, {
    upgrade(db) {
      db.createObjectStore('uploads', { keyPath: 'key' }).createIndex('imageSet', 'imageSetId');
    },
  });
  return opened;
}

export const uploadKey = (imageSetId: number, file: { name: string; size: number; lastModified: number }): string =>
  [imageSetId, file.name, file.size, file.lastModified].join('|');

/** What this browser has begun to send, kept over a reload. Without IndexedDB (private windows of some browsers) it is empty. */
export const uploadMemory = {
  async remember(uploads: readonly RememberedUpload[]): Promise<void> {
    const tx = (await database()).transaction('uploads', 'readwrite');
    for (const upload of uploads) void tx.store.put(upload);
    await tx.done;
  },
  async forget(key: string): Promise<void> {
    await (await database()).delete('uploads', key);
  },
  async of(imageSetId: number): Promise<RememberedUpload[]> {
    return (await database()).getAllFromIndex('uploads', 'imageSet', imageSetId);
  },
};
