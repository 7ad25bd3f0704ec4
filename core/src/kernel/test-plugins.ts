import { Manifest } from '@exact/sdk/manifest';
import { definePlugin, type Logger, type PluginDefinition } from '@exact/sdk/server';
import type { FoundPlugin } from './discovery.ts';
import { createKernel, type Kernel, type KernelOptions } from './kernel.ts';

/** A log that keeps its lines, for tests. */
export function recordingLog(
  lines: { level: string; fields: object; message: string | undefined }[] = [],
): Logger & { lines: typeof lines } {
  const at = (level: string) => (fields: object, message?: string) => void lines.push({ level, fields, message });
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

export interface ToyPlugin {
  readonly id: string;
  readonly version?: string;
  readonly manifest?: Record<string, unknown>;
  readonly setup?: PluginDefinition['setup'];
}

/** A package on disk, without a disk. */
export function found({ id, version = '1.0.0', manifest = {} }: ToyPlugin): FoundPlugin {
  const parsed = Manifest.parse({
    manifest: 1,
    id,
    title: id,
    kernel: '^1.0.0',
    level: 'project',
    server: { entry: 'dist/server/index.js' },
    ...manifest,
  });
  return { id, folder: `/${id}`, packageName: `@test/${id}`, version, manifest: parsed, problems: [] };
}

/** A kernel that runs toy plugins instead of packages; all are on in project 1 and off in project 2. */
export async function startToys(
  toys: readonly ToyPlugin[],
  options: Partial<KernelOptions> = {},
): Promise<Kernel & { log: ReturnType<typeof recordingLog> }> {
  const log = recordingLog();
  const kernel = createKernel({
    log,
    facilities: {},
    load: (folder) => {
      const setup = toys.find((toy) => `/${toy.id}` === folder)?.setup ?? (() => undefined);
      return Promise.resolve({ default: definePlugin({ setup }) });
    },
    ...options,
  });
  for (const { id } of toys) {
    kernel.enablement.apply(
      { projectId: 1, plugin: id, enabled: true, settings: {} },
      { projectId: 2, plugin: id, enabled: false, settings: {} },
    );
  }
  await kernel.start(toys.map(found), () => true);
  return { ...kernel, log };
}

/** Context of a call in a project. */
export const inProject = (projectId: number | undefined, log = recordingLog()) => ({
  requestId: 'test',
  signal: new AbortController().signal,
  log,
  ...(projectId === undefined ? {} : { projectId }),
});
