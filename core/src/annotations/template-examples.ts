import { randomUUID } from 'node:crypto';
import type { Template as TemplateView } from '@exact/sdk/contract';
import type { StorageDriver } from '@exact/sdk/server';
import type { Services } from '../services.ts';
import type { Actor } from '../settings/changes.ts';
import type { Templates } from './templates.ts';

/** Makes a WebP of at most 512 px from an uploaded picture, outside of this process. @throws declared errors for what is no picture */
export type MakeExample = (bytes: Uint8Array) => Promise<Uint8Array>;

/** Example images of templates. */
export interface TemplateExamples {
  /** @returns the WebP and a name of this very content, for caches. @throws NotFoundError */
  get(projectId: number, templateId: number): Promise<{ readonly bytes: Uint8Array; readonly version: string }>;
  set(actor: Actor, projectId: number, templateId: number, upload: AsyncIterable<Uint8Array>): Promise<TemplateView>;
  /** Removes the template and its example. */
  removeTemplate(actor: Actor, projectId: number, templateId: number): Promise<void>;
}

interface Parts {
  readonly templates: Templates;
  readonly makeExample: MakeExample;
  readonly storage: StorageDriver;
}

export function createTemplateExamples(
  { log }: Pick<Services, 'log'>,
  { templates, makeExample, storage }: Parts,
): TemplateExamples {
  /** What nothing points to any more. A file that stays behind is swept as an orphan; the change itself is stored. */
  async function discard(key: string | undefined): Promise<void> {
    if (key === undefined) return;
    await storage
      .delete(key)
      .catch((error: Error) => log.warn({ key, err: error.message }, 'an example image could not be deleted'));
  }

  return {
    async get(projectId, templateId) {
      const key = await templates.exampleKey(projectId, templateId);
      return { bytes: await storage.read(key, 0, await storage.size(key)), version: key.replace(/^.*\/|\.webp$/g, '') };
    },
    async set(actor, projectId, templateId, upload) {
      const picture = await makeExample(await collect(upload));
      const key = `examples/${randomUUID()}.webp`;
      await storage.write(key, only(picture), actor.signal);
      try {
        const { template, former } = await templates.setExampleKey(actor, projectId, templateId, key);
        await discard(former);
        return template;
      } catch (error) {
        await discard(key);
        throw error;
      }
    },
    async removeTemplate(actor, projectId, templateId) {
      await discard(await templates.remove(actor, projectId, templateId));
    },
  };
}

/** The dispatcher ends the stream at the endpoint's limit of 5 MiB. */
async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
