import { createReadStream } from 'node:fs';
import { readdir, readFile as readAll } from 'node:fs/promises';

/** Two levels up from `src/server` and from `dist/server`. */
const DATA = new URL('../../data/', import.meta.url);

/** A file of the package's folder `data`. */
export function readFile(name: string): { stream(): AsyncIterable<Uint8Array>; toText(): Promise<string> } {
  const url = new URL(name, DATA);
  return {
    stream: () => createReadStream(url) as AsyncIterable<Uint8Array>,
    toText: () => readAll(url, 'utf8'),
  };
}

/** Photographs of a folder with their box files, by name. */
export async function listSeries(
  folder: string,
): Promise<readonly { readonly image: string; readonly boxes: string }[]> {
  const names = (await readdir(new URL(`${folder}/`, DATA))).filter((name) => name.endsWith('.jpg')).sort();
  return names.map((name) => ({ image: `${folder}/${name}`, boxes: `${folder}/${name.replace(/\.jpg$/, '.xml')}` }));
}
