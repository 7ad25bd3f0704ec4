import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OpenInput } from '@exact/sdk/server';

/** The demo slide that the repository carries: see plugins/demo-datasets/data/LICENSES.md. */
export const DEMO_SLIDE = fileURLToPath(new URL('../../demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

/** What a format plugin is given to look at bytes, with a count of what it asked for. */
export function bytesInput(bytes: Uint8Array, name = 'upload.bin'): OpenInput & { readonly asked: { bytes: number } } {
  const asked = { bytes: 0 };
  return {
    head: bytes.subarray(0, 65536),
    name,
    size: bytes.length,
    asked,
    async read(offset, length) {
      asked.bytes += length;
      return bytes.slice(offset, Math.min(bytes.length, offset + length));
    },
  };
}

export async function fileInput(
  path: string,
  name?: string,
): Promise<OpenInput & { readonly asked: { bytes: number } }> {
  return bytesInput(await readFile(path), name);
}
