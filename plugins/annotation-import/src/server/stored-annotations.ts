import { open } from 'node:fs/promises';
import type { Annotation } from '@exact/sdk/contract';
import type { JobContext, PluginContext, Principal } from '@exact/sdk/server';
import { readLinesOf } from './line-file.ts';
import type { StoredAnnotation } from './plan-task.ts';

const BATCH = 500;

/**
 * Looks which UUIDs of a file are stored already, as far as the person may know, and writes those annotations to a file.
 *
 * @returns how many
 */
export async function findStored(
  { annotations }: Pick<PluginContext, 'annotations'>,
  principal: Principal,
  projectId: number,
  uuidList: string,
  output: string,
  { signal }: Pick<JobContext, 'signal'>,
): Promise<number> {
  const file = await open(output, 'wx');
  let found = 0;
  let batch: string[] = [];
  const look = async (): Promise<void> => {
    signal.throwIfAborted();
    const { items } = await annotations.list(principal, { projectId, uuids: batch, deleted: 'all' }, { limit: BATCH });
    batch = [];
    if (items.length > 0) await file.writeFile(items.map((item) => `${JSON.stringify(toStored(item))}\n`).join(''));
    found += items.length;
  };
  try {
    for await (const uuid of readLinesOf(uuidList)) {
      batch.push(uuid);
      if (batch.length === BATCH) await look();
    }
    if (batch.length > 0) await look();
  } finally {
    await file.close();
  }
  return found;
}

const toStored = (annotation: Annotation): StoredAnnotation => ({
  uuid: annotation.uuid,
  imageId: annotation.imageId,
  templateId: annotation.templateId,
  authorId: annotation.authorId,
  layerId: annotation.layerId,
  geometry: annotation.geometry,
  description: annotation.description,
  meta: annotation.meta,
  deleted: annotation.deleted,
});
