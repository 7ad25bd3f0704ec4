// How fast does the viewer draw, load and edit? Method: ui/src/annotate/layer/README.md.
//   npm run bench -- viewer [--rounds 15] [--frames 40] [--rows 1000000] [--side 30000] [--only pages|program|loading]
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launchBrowser } from '../browser.ts';
import { measureProgram, openProgram, type AppRound } from './viewer/app.ts';
import { createMillion } from './viewer/million.ts';
import { measurePages, type Case, type PageRound } from './viewer/page.ts';
import { goalsOf, report } from './viewer/report.ts';

const RESULT = fileURLToPath(new URL('../../.cache/bench/viewer.json', import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    frames: { type: 'string', default: '40' },
    rows: { type: 'string', default: '1000000' },
    side: { type: 'string', default: '30000' },
    only: { type: 'string' },
  },
});
if (values.only !== undefined && !['pages', 'program', 'loading'].includes(values.only))
  throw new Error(`--only "${values.only}" is not known: pages (B1–B4), loading (B4 alone) or program (B5).`);
const rounds = Number(values.rounds);
const rows = Number(values.rows);
const tell = (line: string): void => console.log(line);
const load = loadavg()[0] ?? 0;
if (load > 0.5) tell(`The machine is busy (load ${load.toFixed(1)}): only ratios mean something.\n`);

let pages: Map<Case, PageRound[]> = new Map();
const program: AppRound[] = [];
const browser = await launchBrowser();
try {
  if (values.only !== 'program') {
    const onlyLoading = values.only === 'loading';
    pages = await measurePages(browser, { rounds, frames: Number(values.frames), onlyLoading, tell });
  }
  if (values.only === undefined || values.only === 'program') {
    const folder = await mkdtemp(join(tmpdir(), 'exact-viewer-bench-'));
    const million = await createMillion(folder, { rows, sidePx: Number(values.side), tell });
    try {
      const page = await openProgram(browser, million);
      // the first opening also compiles the page's code; it is told, not counted
      for (let round = 0; round <= rounds; round++) {
        const result = await measureProgram(page, million, rows.toLocaleString('en'));
        tell(`opening ${round}: ${JSON.stringify(result)}`);
        if (round > 0) program.push(result);
      }
    } finally {
      await million.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
} finally {
  await browser.close();
}
await mkdir(dirname(RESULT), { recursive: true });
await writeFile(
  RESULT,
  JSON.stringify(
    { loadBefore: load, pages: Object.fromEntries(pages), program, goals: goalsOf(pages, program) },
    undefined,
    1,
  ),
);
tell(`\n${report(pages, program)}\n\nAll rounds: ${RESULT}`);
