// How fast does one get from a verdict to the next object? From the key until its picture is sharp, on a real slide, loopback.
//   npm run bench -- verification [--rounds 8] [--decisions 60] [--look 400]
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../browser.ts';
import { goalsTable, judge, markdownTable } from './goals.ts';
import { measureVerifying } from './verification/measure.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/verification.json', import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    decisions: { type: 'string', default: '60' },
    look: { type: 'string', default: '400' },
  },
});
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  console.log(`The machine is busy (load ${load.toFixed(1)}): the figures are worse than on a quiet one.\n`);

const browser = await launchBrowser();
try {
  const rounds = await measureVerifying(browser, {
    rounds: Number(values.rounds),
    decisions: Number(values.decisions),
    lookMs: Number(values.look),
    tell: (line) => console.log(line),
  });
  const goals = (['secondOpinion', 'cooperative'] as const).flatMap((mode) => {
    const own = rounds.filter((round) => round.mode === mode);
    return [
      judge(
        {
          id: 'V1',
          what: `${mode}: key to next sharp view, p95 of a round`,
          side: 'most',
          must: 300,
          aim: 150,
          unit: ' ms',
        },
        own.map(({ p95 }) => p95),
      ),
      judge(
        { id: 'V2', what: `${mode}: decisions a minute, looking included`, side: 'least', must: 40, aim: 80 },
        own.map(({ perMinute }) => perMinute),
      ),
    ];
  });
  const table = markdownTable(
    ['mode', 'decisions', 'p50 ms', 'p95 ms', 'worst ms', 'a minute'],
    rounds.map((one) => [
      ...[one.mode, one.decisions, one.p50.toFixed(0), one.p95.toFixed(0)],
      ...[one.worst.toFixed(0), one.perMinute.toFixed(0)],
    ]),
  );
  await mkdir(dirname(RESULT), { recursive: true });
  await writeFile(RESULT, JSON.stringify({ loadBefore: load, options: values, rounds, goals }, undefined, 1));
  console.log(`\n${table}\n\n${goalsTable(goals)}\n\nAll rounds: ${RESULT}`);
} finally {
  await browser.close();
}
