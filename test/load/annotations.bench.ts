// How fast is a million annotations read and written? Method and figures: core/docs/annotations.md.
//   npm run bench -- annotations [--count 1000000] [--rounds 25] [--only R2,V1] [--prof FOLDER]
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { GOAL_IDS, measureAnnotations } from './annotations/measure.ts';
import { goalsOf, report } from './annotations/report.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/annotations.json', import.meta.url));

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '25' },
    only: { type: 'string' },
    prof: { type: 'string' },
  },
});
const only = (values.only?.split(',') ?? GOAL_IDS).map((asked) => {
  const id = GOAL_IDS.find((known) => known.toLowerCase() === asked.toLowerCase());
  if (id === undefined) throw new Error(`--only "${asked}" is no goal: ${GOAL_IDS.join(', ')}, with commas between.`);
  return id;
});
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  console.log(
    `The machine is busy (load ${load.toFixed(1)}): only ratios mean something, and they are wider than they need be.\n`,
  );
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort()); // servers are ended in any case
const result = await measureAnnotations({
  count: Number(values.count),
  rounds: Number(values.rounds),
  only,
  nodeArgs: values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`],
  signal: stopping.signal,
  tell: (line) => console.log(line),
});
await mkdir(dirname(RESULT), { recursive: true });
await writeFile(RESULT, JSON.stringify({ ...result, loadBefore: load, goals: goalsOf(result) }, undefined, 1));
console.log(`\n${report(result)}\n\nAll rounds: ${RESULT}`);
