import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: {
    resolve: { conditions: ['source', ...defaultServerConditions], externalConditions: ['source'] },
  },
  resolve: { conditions: ['source'] },
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['{core,test}/**/*.test.ts'],
    environment: 'node',
    fsModuleCache: false, // what is mutated must neither come from it nor get into it
    pool: 'forks',
    execArgv: ['--conditions=source'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: [{}],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    sequence: { seed: 1 },
  },
});
