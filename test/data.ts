import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Folder of the shared sample files: `EXACT_TEST_DATA`, else `../shared/data` beside the repository. */
export const TEST_DATA_FOLDER = process.env['EXACT_TEST_DATA'] ?? join(ROOT, '../shared/data');

/**
 * Gives the path of a sample file.
 *
 * @param path - relative to the folder of sample files, for example `wsi/svs/small.svs`
 * @returns nothing where the folder or the file is missing: leave the test out, and say so
 */
export function testData(path: string): string | undefined {
  const full = join(TEST_DATA_FOLDER, path);
  return existsSync(full) ? full : undefined;
}

/**
 * Declares tests that need sample files. Where one is missing they are skipped, and the name of the skipped test tells
 * which file and where it was looked for.
 *
 * @param paths - relative to the folder of sample files; `body` gets their full paths in the same order
 */
export function describeWithData(name: string, paths: readonly string[], body: (...files: string[]) => void): void {
  const missing = paths.filter((path) => testData(path) === undefined);
  if (missing.length === 0) {
    describe(name, () => body(...paths.map((path) => join(TEST_DATA_FOLDER, path))));
    return;
  }
  describe(name, () => {
    it.skip(`left out: ${missing.join(', ')} not found in ${TEST_DATA_FOLDER} (set EXACT_TEST_DATA)`, () => undefined);
  });
}
