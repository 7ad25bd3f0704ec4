// How fast does a recording become a spectrogram, and how soon is it heard? Loopback, generated recordings.
//   npm run bench -- sound [--seconds 600] [--rounds 5] [--presses 10]
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../browser.ts';
import { goalsTable, judge, markdownTable, showInterval } from './goals.ts';
import { measureFirstSound } from './sound/first-sound.ts';
import { measurePyramids } from './sound/pyramid.ts';
import { bootstrapMedian } from './statistics.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/sound.json', import.meta.url));

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '5' },
    presses: { type: 'string', default: '10' },
  },
});
const seconds = Number(values.seconds);
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  console.log(`The machine is busy (load ${load.toFixed(1)}): the figures are worse than on a quiet one.\n`);

const rounds = await measurePyramids({ seconds, rounds: Number(values.rounds), tell: (line) => console.log(line) });
const browser = await launchBrowser();
try {
  const presses = await measureFirstSound(browser, { seconds, rounds: Number(values.presses) });
  const formats = [...new Set(rounds.map(({ format }) => format))];
  const of = (format: string, what: 'pyramid' | 'decode' | 'ffmpeg'): string => {
    const figures = rounds.flatMap((round) => (round.format === format ? (round[what] ?? []) : []));
    return figures.length === 0 ? '–' : `${showInterval(bootstrapMedian(figures))}×`;
  };
  const goals = [
    ...formats.map((format) =>
      judge(
        { id: 'S1', what: `${format}: pyramid, times real time`, side: 'least', must: 20, aim: 100, unit: '×' },
        rounds.filter((round) => round.format === format).map(({ pyramid }) => pyramid),
      ),
    ),
    judge(
      { id: 'S2', what: 'from the press to the first sound', side: 'most', must: 300, aim: 150, unit: ' ms' },
      presses,
    ),
  ];
  const table = markdownTable(
    ['format', 'pyramid', 'decoding alone', 'ffmpeg, one flat picture'],
    formats.map((format) => [format, of(format, 'pyramid'), of(format, 'decode'), of(format, 'ffmpeg')]),
  );
  await mkdir(dirname(RESULT), { recursive: true });
  await writeFile(RESULT, JSON.stringify({ loadBefore: load, options: values, rounds, presses, goals }, undefined, 1));
  console.log(`\n${seconds} s of stereo, 44.1 kHz.\n\n${table}\n\n${goalsTable(goals)}\n\nAll rounds: ${RESULT}`);
} finally {
  await browser.close();
}
