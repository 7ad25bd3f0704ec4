import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkManifest, type Manifest, Manifest as ManifestSchema } from '@exact/sdk/manifest';
import { z } from 'zod';

/** A package that says it is a plugin; `problems` tells why it is not taken. */
export interface FoundPlugin {
  readonly id: string;
  readonly folder: string;
  readonly packageName: string;
  readonly version: string;
  readonly manifest?: Manifest;
  readonly problems: readonly string[];
}

export interface PluginPlaces {
  /** Folders whose direct sub-folders are plugins. */
  readonly folders: readonly string[];
  /** Packages of the operator's allow-list, by the folder they are installed in. Nothing is ever installed over HTTP. */
  readonly packages?: readonly string[];
}

/**
 * Reads the manifests of all plugins on disk; no code of a plugin runs. Order: by id.
 * A package without the key `exactPlugin` is none; one with a wrong manifest is found, with its problems.
 */
export async function discoverPlugins(places: PluginPlaces): Promise<FoundPlugin[]> {
  const folders = [...(places.packages ?? [])];
  for (const parent of places.folders) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    folders.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name)));
  }
  const found = (await Promise.all(folders.map(readPlugin))).filter((plugin) => plugin !== undefined);
  return refuseTwins(found.sort((a, b) => a.id.localeCompare(b.id)));
}

async function readPlugin(folder: string): Promise<FoundPlugin | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    return {
      id: idOf(folder),
      folder,
      packageName: '',
      version: '',
      problems: [`package.json is not valid JSON: ${String(error)}`],
    };
  }
  if (!Object.hasOwn(json, 'exactPlugin')) return undefined;
  const packageName = String(json['name'] ?? '');
  const version = String(json['version'] ?? '');
  const parsed = ManifestSchema.safeParse(json['exactPlugin']);
  if (!parsed.success) {
    const claimed = (json['exactPlugin'] as { id?: unknown } | null)?.id;
    const id = typeof claimed === 'string' ? claimed : idOf(folder);
    return {
      id,
      folder,
      packageName,
      version,
      problems: z
        .prettifyError(parsed.error)
        .split('\n✖ ')
        .map((line) => line.replace(/^✖ /, '')),
    };
  }
  return {
    id: parsed.data.id,
    folder,
    packageName,
    version,
    manifest: parsed.data,
    problems: checkManifest(parsed.data),
  };
}

const idOf = (folder: string): string => folder.split(/[\\/]/).at(-1) ?? folder;

function refuseTwins(plugins: readonly FoundPlugin[]): FoundPlugin[] {
  const first = new Map<string, FoundPlugin>();
  return plugins.map((plugin) => {
    const twin = first.get(plugin.id);
    if (!twin) {
      first.set(plugin.id, plugin);
      return plugin;
    }
    return {
      ...plugin,
      problems: [...plugin.problems, `The id "${plugin.id}" is already used by ${twin.packageName}.`],
    };
  });
}
