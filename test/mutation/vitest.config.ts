import { readFileSync } from 'node:fs';
import { defaultServerConditions } from 'vite';
import { defineConfig, type Plugin } from 'vitest/config';
import { instrument } from './mutants.ts';

const mutated = process.env['EXACT_MUTATED'] ?? '';

/** Puts the mutants into the one file that is looked at. */
const mutants: Plugin = {
  name: 'mutants',
  enforce: 'pre',
  load(id) {
    const path = id.split('?')[0] ?? '';
    return path === mutated ? instrument(readFileSync(path, 'utf8'), path).code : undefined;
  },
};

export default defineConfig({
  plugins: [mutants],
  ssr: {
    resolve: { conditions: ['source', ...defaultServerConditions], externalConditions: ['source'] },
  },
  resolve: { conditions: ['source'] },
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['{core,test}/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    execArgv: ['--conditions=source'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: [{}],
    bail: 1,
    testTimeout: 15_000,
    hookTimeout: 60_000,
    sequence: { seed: 1 },
  },
});
