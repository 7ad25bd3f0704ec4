import { availableParallelism } from 'node:os';
import vue from '@vitejs/plugin-vue';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// Workspaces are tested from their TypeScript source, as the server runs them: the condition "source" of their exports.
const conditions = ['source'];

/** By itself vitest leaves one core unused, which is half of CI. */
const WORKERS = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  plugins: [vue()],
  resolve: { conditions: [...conditions, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [...conditions, ...defaultServerConditions], externalConditions: conditions } },
  test: {
    environment: 'node', // a component test says `// @vitest-environment happy-dom` in its first line
    maxWorkers: WORKERS,
    pool: 'forks', // native add-ons (sharp, argon2) and tests that end processes do not mix with threads
    execArgv: ['--conditions=source'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    sequence: { seed: 1, sequencer: LongestFirst },
    server: { deps: { inline: ['vuetify'] } }, // ships .css imports that Node cannot load
    coverage: { provider: 'v8', include: ['core/src/**', 'sdk/src/**', 'packages/*/src/**', 'plugins/*/src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'code',
          include: [
            '{core,sdk,ui,packages,plugins,scripts,docker,test}/**/*.test.ts',
            '{scripts,docker}/**/*.test.mjs',
          ],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            '**/templates/**',
            'test/e2e/**',
            'test/faults/**',
            'test/load/**',
          ],
          maxWorkers: WORKERS + 1, // they wait for their database and their processes two fifths of the time
          sequence: { groupOrder: 0 },
        },
      },
      {
        // A server and a browser of its own for each file, measurements in small among them: none asserts how long something takes.
        extends: true,
        test: {
          name: 'browser',
          include: ['test/{e2e,load}/**/*.test.ts'],
          // Minutes of four readers at work: `npm run study`. What it walks through is in study, verification and agreement, too.
          exclude: process.env['EXACT_WHOLE_STUDY'] === undefined ? ['test/e2e/study-whole.test.ts'] : [],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Killed processes and full disks: one file at a time, after the rest, so that measured times mean something.
        extends: true,
        test: {
          name: 'system',
          include: ['test/faults/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
