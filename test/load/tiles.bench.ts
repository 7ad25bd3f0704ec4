// How fast are tiles? Method and goals: core/docs/performance.md.
//   npm run bench -- tiles [--slices 25] [--side 30000] [--uploads 3] [--prof FOLDER]
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { hasProgram } from './processes.ts';
import { measureTiles } from './tiles/measure.ts';
import { goalsOf, report } from './tiles/report.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/tiles.json', import.meta.url));

const { values } = parseArgs({
  options: {
    slices: { type: 'string', default: '25' },
    side: { type: 'string', default: '30000' },
    uploads: { type: 'string', default: '3' },
    prof: { type: 'string' },
  },
});

if (!hasProgram('wrk')) {
  console.error(
    'wrk is not installed (Debian: wrk), and without it nothing can be measured: a client in Node is slower than the servers.',
  );
  process.exit(2);
}
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  console.log(
    `The machine is busy (load ${load.toFixed(1)}): only ratios mean something, and they are wider than they need be.\n`,
  );
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort()); // servers are ended in any case
const result = await measureTiles({
  sidePx: Number(values.side),
  slices: Number(values.slices),
  uploads: Number(values.uploads),
  nodeArgs: values.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.prof}`],
  signal: stopping.signal,
  tell: (line) => console.log(line),
});
await writeFile(RESULT, JSON.stringify({ ...result, loadBefore: load, goals: goalsOf(result) }, undefined, 1));
console.log(`\n${report(result)}\n\nAll slices: ${RESULT}`);
