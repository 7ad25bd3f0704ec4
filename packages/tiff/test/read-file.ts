import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TiffInput } from '../src/file.ts';

/** The demo slide that the repository carries: see plugins/demo-datasets/data/LICENSES.md. */
export const DEMO_SLIDE = fileURLToPath(
  new URL('../../../plugins/demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url),
);

/** Gives bytes as a file to read from. */
export function inputOf(bytes: Uint8Array): TiffInput {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, Math.min(bytes.length, offset + length)),
  };
}

export function readInput(path: string): TiffInput {
  return inputOf(readFileSync(path));
}
