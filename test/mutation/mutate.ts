import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { createVitest } from 'vitest/node';
import { instrument, type Mutant } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Target {
  readonly file: string;
  /** Tests of seconds; what they let through has to pass those of the next list. */
  readonly tests: readonly (readonly string[])[];
}

const TWO_WORLDS = ['test/two-worlds/two-worlds.test.ts'];
const BLIND = ['core/src/auth/blind-project.test.ts'];

/** What decides who sees what, with the tests that guard it. */
const TARGETS: readonly Target[] = [
  {
    file: 'core/src/annotations/visibility.ts',
    tests: [
      ['core/src/annotations/visibility.test.ts'],
      ['core/src/annotations/blind-worlds.test.ts'],
      BLIND,
      TWO_WORLDS,
    ],
  },
  { file: 'core/src/auth/blinding.ts', tests: [['core/src/auth/blinding.test.ts'], BLIND, TWO_WORLDS] },
  {
    file: 'core/src/auth/visible-images.ts',
    tests: [['core/src/auth/blinding.test.ts'], ['core/src/auth/visible-images.test.ts']],
  },
  { file: 'core/src/annotations/uuid-mark.ts', tests: [['core/src/annotations/own-ids.test.ts'], TWO_WORLDS] },
  {
    file: 'core/src/http/live/event-filter.ts',
    tests: [['core/src/http/live/event-filter.test.ts'], ['core/src/http/live.test.ts'], TWO_WORLDS],
  },
];

/** Part that has to be killed. */
const GOAL = 0.95;

const folder = mkdtempSync(join(tmpdir(), 'exact-mutants-'));
const numberFile = join(folder, 'number');
const only = process.argv.slice(2);
let killed = 0;
let all = 0;
process.env['EXACT_TWO_WORLDS'] ??= '60';
process.env['EXACT_MUTANT'] = 'yes';

for (const { file, tests } of TARGETS.filter(
  ({ file: name }) => only.length === 0 || only.some((part) => name.includes(part)),
)) {
  const path = ROOT + file;
  const { mutants, code } = instrument(readFileSync(path, 'utf8'), path, numberFile);
  const mutant: Plugin = {
    name: 'mutant',
    enforce: 'pre',
    load: (id) => (id.split('?')[0] === path ? code : undefined),
  };
  const settings = { config: `${ROOT}test/mutation/vitest.config.ts`, root: ROOT, watch: false };
  const vitest = await createVitest('test', settings, { plugins: [mutant] });
  const passes = async (files: readonly string[], number: number): Promise<boolean> => {
    writeFileSync(numberFile, String(number));
    vitest.state.clearErrors();
    const specifications = await vitest.globTestSpecifications([...files]);
    if (specifications.length === 0) throw new Error(`There is no test ${files.join(', ')}.`);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
    return unhandledErrors.length === 0 && testModules.every((module) => module.state() === 'passed');
  };
  try {
    for (const files of tests)
      if (!(await passes(files, -1))) throw new Error(`${files.join(', ')} fails without a mutant.`);
    for (const [number, mutant] of mutants.entries()) {
      all++;
      let isAlive = true;
      for (const files of tests) if (isAlive) isAlive = await passes(files, number);
      if (!isAlive) killed++;
      process.stdout.write(isAlive ? `\n${describe(file, mutant)} survives\n` : '.');
    }
  } finally {
    await vitest.close();
  }
}

rmSync(folder, { recursive: true });
const part = killed / all;
process.stdout.write(`\n${killed} of ${all} mutants killed (${(100 * part).toFixed(1)} %)\n`);
process.exitCode = part >= GOAL ? 0 : 1;

function describe(file: string, { line, what }: Mutant): string {
  return `${file}:${line} ${what}`;
}
