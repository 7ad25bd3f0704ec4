import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConflictError, NotFoundError } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { ImageFiles } from '@exact/sdk/server';
import { TaskFailedError } from '../jobs/child.ts';
import type { Services } from '../services.ts';
import type { PixelIndex } from '../slides/pixel-index.ts';
import type { SlideReaders } from '../slides/readers.ts';
import type { FolderStorage } from '../storage/folder-driver.ts';
import { newKey } from '../storage/keys.ts';
import { infoColumns } from './import-image.ts';

/** Of an image whose axes are no lengths there is none. */
const scaleOf = (column: string, value: string): string =>
  `case when coalesce($12::jsonb, axes) is null then coalesce(${column}, ${value}::float8) end`;

export interface ImageFilesParts {
  readonly storage: FolderStorage;
  readonly readers: SlideReaders;
  readonly index: PixelIndex;
}

interface Keys {
  readonly originalKey: string;
  readonly pixelKey: string | null;
  readonly name: string;
  readonly projectId: number;
  readonly imageSetId: number;
}

/** Files of images for the jobs of format plugins: the original, a place to write to, and the step that makes it the image. */
export function createImageFiles(services: Services, { storage, readers, index }: ImageFilesParts): ImageFiles {
  const { database, hooks, outbox, log } = services;

  async function keysOf(imageId: number): Promise<Keys> {
    const [keys] = await database.sql.query<Keys>(
      `select i.original_key as "originalKey", i.pixel_key as "pixelKey", i.private_name as name, s.project_id as "projectId", s.id as "imageSetId"
         from core.image i join core.image_set s on s.id = i.image_set_id where i.id = $1`,
      [imageId],
    );
    if (!keys) throw new NotFoundError({ what: 'image', id: imageId });
    return keys;
  }

  return {
    async original(imageId) {
      const { originalKey, name } = await keysOf(imageId);
      const path = storage.path(originalKey);
      return { path, name, sizeBytes: (await stat(path)).size };
    },
    async scratch(_imageId, suffix) {
      return storage.scratch(suffix);
    },
    async adopt(imageId, path, facts = {}) {
      if (dirname(path) !== storage.scratchFolder)
        throw new ConflictError({ what: 'the finished file', reason: 'it has to lie where `scratch` put it' });
      const before = await keysOf(imageId);
      const context: HookContext = {
        requestId: randomUUID(),
        signal: AbortSignal.timeout(60_000),
        log,
        projectId: before.projectId,
      };
      const opened = await readers.probe({ path, name: '' }, context);
      if (!opened || 'refused' in opened) {
        await rm(path, { force: true });
        throw new TaskFailedError(
          'CONVERSION_FAILED',
          opened
            ? opened.refused.message
            : 'The converted file cannot be read. Is the plugin for TIFF slides switched on?',
        );
      }
      const { info } = opened.slide.reader;
      const key = newKey('derived');
      try {
        const { size: sizeBytes } = await stat(path);
        await hooks.storage.beforeWrite.call(
          { key, sizeBytes, purpose: 'derived', projectId: before.projectId },
          context,
        );
        await storage.adopt(key, path);
        await database.transaction(async ({ sql }) => {
          const changed = await sql.query(
            // Scale that people or the original gave stays; the converted file only fills gaps.
            `update core.image set state = 'ready', problem_code = null, problem_message = null, pixel_key = $2, content_version = $3,
                    width = $4, height = $5, levels = $6, mpp_x = ${scaleOf('mpp_x', '$7')}, mpp_y = ${scaleOf('mpp_y', '$8')},
                    objective = coalesce(objective, $9), planes = $10, vendor = coalesce(nullif(vendor, ''), $11), axes = coalesce($12::jsonb, axes)
              where id = $1 returning id`,
            [imageId, key, key.slice(-16).replaceAll('-', ''), ...infoColumns({ ...info, ...facts })],
          );
          if (changed.length === 0) throw new NotFoundError({ what: 'image', id: imageId });
          await outbox.append(sql, {
            topic: 'images.changed',
            projectId: before.projectId,
            imageSetId: before.imageSetId,
            imageIds: [imageId],
          });
        });
      } catch (error) {
        await opened.close();
        await storage.delete(key);
        await rm(path, { force: true });
        throw error;
      }
      index.forget([imageId]);
      readers.keep(key, opened.slide);
      outbox.wake();
      if (before.pixelKey !== null && before.pixelKey !== before.originalKey) {
        readers.forget(before.pixelKey);
        await storage.delete(before.pixelKey);
      }
    },
  };
}
