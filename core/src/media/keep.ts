import type { HookContext } from '@exact/sdk/hooks';
import type { StoredObject } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { FolderStorage } from '../storage/folder-driver.ts';
import { newKey } from '../storage/keys.ts';
import type { Checked } from './check-media.ts';

/** A file in the storage, with the small copy of a picture. */
export interface Kept {
  readonly file: StoredObject;
  readonly preview: StoredObject | undefined;
}

/** Puts checked files into the storage and takes them out again; plugins may refuse both, for quotas and virus scans. */
export interface Keeper {
  /** @param path - an unfinished file; gone from there afterwards @throws what `storage.beforeWrite` throws, DiskFullError */
  keep(path: string, checked: Checked, context: HookContext): Promise<Kept>;
  /** After the rows are stored. */
  tellKept(kept: Kept, context: HookContext): Promise<void>;
  /** @throws what `storage.beforeDelete` throws */
  mayDiscard(objects: readonly StoredObject[], context: HookContext): Promise<void>;
  /** What nothing points to any more. A file that stays behind is swept as an orphan. */
  discard(keys: readonly string[]): Promise<void>;
  tellDiscarded(objects: readonly StoredObject[], context: HookContext): Promise<void>;
}

export function createKeeper({ hooks, log }: Pick<Services, 'hooks' | 'log'>, storage: FolderStorage): Keeper {
  async function discard(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await storage
        .delete(key)
        .catch((error: Error) => log.warn({ err: error.message }, 'a file of an annotation is left to the sweep'));
    }
  }
  return {
    discard,
    async keep(path, { sizeBytes, picture }, context) {
      const file = { key: newKey('media'), sizeBytes };
      const project = context.projectId === undefined ? {} : { projectId: context.projectId };
      await hooks.storage.beforeWrite.call({ ...file, purpose: 'media', ...project }, context);
      await storage.adopt(file.key, path);
      if (!picture) return { file, preview: undefined };
      try {
        const preview = { key: newKey('media'), sizeBytes: picture.preview.length };
        await storage.write(preview.key, only(picture.preview), context.signal);
        return { file, preview };
      } catch (error) {
        await discard([file.key]);
        throw error;
      }
    },
    async tellKept({ file, preview }, context) {
      for (const object of preview ? [file, preview] : [file]) await hooks.storage.afterWrite.call(object, context);
    },
    async mayDiscard(objects, context) {
      await hooks.storage.beforeDelete.call(objects, context);
    },
    async tellDiscarded(objects, context) {
      await hooks.storage.afterDelete.call(objects, context);
    },
  };
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
