import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { FailedStep, ROOT, must, npm, run } from './process.mjs';
import { provideUi } from './provide-ui.mjs';

// "source" is the condition under which our workspaces answer with TypeScript files instead of built ones.
const node = (args, options) => run(process.execPath, ['--conditions=source', ...args], options);
const tool = (path, args) => run(process.execPath, [join(ROOT, 'node_modules', path), ...args]);

/** `npm start`: the platform, ready for use. */
export async function start(args) {
  await provideUi();
  return node(['core/src/main.ts', ...args]);
}

/** `npm run dev`: the server, started anew when its sources change, beside the development server of the UI, if it has one. */
export async function dev(args) {
  await provideUi();
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'ui', 'package.json'), 'utf8'));
  const env = { ...process.env, NODE_ENV: 'development', EXACT_LOG_PRETTY: process.env.EXACT_LOG_PRETTY ?? '1' };
  const server = node(['--watch', '--watch-preserve-output', 'core/src/main.ts', ...args], { env });
  const ui = scripts?.dev ? npm(['run', 'dev', '--workspace=@exact/ui'], { env }) : server;
  return Math.max(...(await Promise.all([server, ui])));
}

/** `npm test`: everything that has to hold. With arguments (files, `-t name`): only these tests, at once. */
export async function test(args) {
  const vitest = (more) => tool('vitest/vitest.mjs', ['run', ...more]);
  if (args.length > 0) return vitest(args);
  // At once, since each keeps only one core busy: half the time on the two cores of CI.
  await Promise.all([
    step('Types', () => typecheck([]), 'The type check failed, so no test was run.'),
    step('Lint', () => lint([]), 'Lint failed, so no test was run.'),
    provideUi(),
  ]);
  console.log('\n── Tests');
  return vitest([]); // its last line is the count of tests
}

/** `npm run bench -- tiles`: one of the measurements in test/load; without a name, the list of them. */
export async function bench([name, ...args]) {
  const folder = join(ROOT, 'test', 'load');
  const ending = '.bench.ts';
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(ending)) : [];
  const names = files.map((file) => file.slice(0, -ending.length)).sort();
  if (name === undefined) {
    console.log(`Usage: npm run bench -- NAME\nNames: ${names.join(', ') || '(none yet)'}`);
    return 0;
  }
  if (!names.includes(name)) throw new FailedStep(`There is no measurement "${name}". Names: ${names.join(', ')}.`, 2);
  return node(['--expose-gc', `test/load/${name}${ending}`, ...args]);
}

/** `npm run mutate`: whether tests find changes of what decides who sees what; with a part of a name, of that file only. */
export const mutate = (args) => node(['test/mutation/mutate.ts', ...args]);

/** `npm run worlds`: what a blinded reader can find out, in 500 random scripts; `EXACT_TWO_WORLDS=20000` is the long run. */
export async function worlds() {
  await provideUi();
  const env = { EXACT_TWO_WORLDS: '500', ...process.env };
  return run(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/two-worlds'], { env });
}

/** `npm run study`: a whole reader study by its pages, some minutes; `EXACT_WHOLE_STUDY=0` plays a short one. */
export async function study() {
  await provideUi();
  const env = { EXACT_WHOLE_STUDY: '1', ...process.env };
  return run(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/e2e/study-whole.test.ts'], {
    env,
  });
}

/** `npm run build`: the UI with the bundles of the plugins, and the packages as they are published. */
export async function build() {
  await provideUi({ always: true });
  await must(
    run(process.execPath, [join(ROOT, 'scripts', 'build-packages.mjs')]),
    'The packages could not be compiled; the reason stands above.',
  );
  return 0;
}

/** `npm run lint`: meaning by ESLint, shape by Prettier. `npm run lint -- --fix` repairs what can be repaired. */
export async function lint(args) {
  const fix = args.includes('--fix');
  const meaning = await tool('eslint/bin/eslint.js', ['.', '--max-warnings=0', ...args]);
  const shape = await tool('prettier/bin/prettier.cjs', [
    fix ? '--write' : '--check',
    '--log-level=warn',
    '**/*.{ts,vue,mjs,js}',
  ]);
  if (shape !== 0 && !fix) console.error('Shape: "npm run lint -- --fix" repairs it.');
  return meaning || shape;
}

/** `npm run typecheck`: the whole tree, Vue files included. */
export function typecheck(args) {
  return tool('vue-tsc/bin/vue-tsc.js', ['--noEmit', '-p', 'tsconfig.json', ...args]);
}

async function step(title, work, message) {
  console.log(`\n── ${title}`);
  const startedAt = Date.now();
  const code = await work();
  console.log(`   ${title}: ${code === 0 ? 'good' : 'failed'}, ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  if (code !== 0 && message) throw new FailedStep(message, code);
  return code;
}
