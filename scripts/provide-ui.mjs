import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { ROOT, must, run } from './process.mjs';

/**
 * Builds the user interface and the bundles of the plugins, each part only when its sources changed (`ui/dist/.stamp`).
 *
 * @param always - builds every part, changed or not
 */
export async function provideUi({ always = false } = {}) {
  const build = join(ROOT, 'ui', 'build', 'build-all.mjs');
  if (!existsSync(build)) return;
  await must(
    run(process.execPath, ['--conditions=source', build, ...(always ? ['--force'] : [])]),
    'The user interface could not be built; the reason stands above.',
  );
}
