// How fast does the EIPH score follow the view, and is it the server's? Method: plugins/eiph-score/README.md.
//   npm run bench -- scores [--rounds 7] [--views 600] [--cells 78047] [--side 30000] [--moves 24] [--only panel|program]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launchBrowser } from '../browser.ts';
import { PAPER_CELLS } from './scores/cells.ts';
import { measurePanel, type PanelRound } from './scores/panel.ts';
import { measureProgram, type ProgramResult } from './scores/program.ts';
import { goalsOf, report } from './scores/report.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/scores.json', import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    views: { type: 'string', default: '600' },
    cells: { type: 'string', default: String(PAPER_CELLS) },
    side: { type: 'string', default: '30000' },
    moves: { type: 'string', default: '24' },
    only: { type: 'string' },
  },
});
if (values.only !== undefined && !['panel', 'program'].includes(values.only))
  throw new Error(`--only "${values.only}" is not known: panel (S1–S3) or program (S4).`);
const [rounds, views, cells, sidePx, moves] = (['rounds', 'views', 'cells', 'side', 'moves'] as const).map((name) =>
  Number(values[name]),
) as [number, number, number, number, number];
const tell = (line: string): void => console.log(line);
const load = loadavg()[0] ?? 0;
if (load > 0.5) tell(`The machine is busy (load ${load.toFixed(1)}): only ratios mean something.\n`);

let panel: PanelRound[] = [];
let program: ProgramResult | undefined;
const browser = await launchBrowser();
try {
  if (values.only !== 'program') panel = await measurePanel(browser, { cells, sidePx, views, rounds, tell });
  if (values.only !== 'panel') {
    const folder = await mkdtemp(join(tmpdir(), 'exact-scores-bench-'));
    try {
      program = await measureProgram(browser, folder, { cells, sidePx, moves, tell });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
} finally {
  await browser.close();
}
await mkdir(dirname(RESULT), { recursive: true });
await writeFile(
  RESULT,
  JSON.stringify({ loadBefore: load, panel, program, goals: goalsOf(panel, program) }, undefined, 1),
);
tell(`\n${report(panel, program)}\n\nAll rounds: ${RESULT}`);
