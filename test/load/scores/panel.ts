import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Box } from '@exact/scores';
import vue from '@vitejs/plugin-vue';
import type { Browser } from 'playwright-core';
import { build, preview } from 'vite';

/** Views that a hand makes: from the whole slide to one field, moving over it all the time. */
export function viewsOver(sidePx: number, count: number): Box[] {
  return Array.from({ length: count }, (_, i) => {
    const width = sidePx / 2 ** (6 * (0.5 - 0.5 * Math.cos((i / count) * 4 * Math.PI)));
    const [x, y] = [
      (0.5 + 0.4 * Math.sin(i * 0.05)) * sidePx - width / 2,
      (0.5 + 0.4 * Math.sin(i * 0.031 + 1)) * sidePx - width / 3,
    ];
    return { minX: x, minY: y, maxX: x + width, maxY: y + width / 1.5 };
  });
}

export interface PanelRound {
  /** Times in ms from a new view to the figure in the page, laid out. */
  readonly ours: readonly number[];
  /** The same with plain filtering of objects. */
  readonly filtering: readonly number[];
  /** Views in which the two count differently. */
  readonly unequal: number;
}

/** The panel of the plugin as it is shipped, on a page with nothing else; ours and plain filtering in turns. */
export async function measurePanel(
  browser: Browser,
  {
    cells,
    sidePx,
    views,
    rounds,
    tell,
  }: {
    readonly cells: number;
    readonly sidePx: number;
    readonly views: number;
    readonly rounds: number;
    tell(line: string): void;
  },
): Promise<PanelRound[]> {
  const outDir = await mkdtemp(join(tmpdir(), 'exact-scores-'));
  const shared = { root: join(import.meta.dirname, 'page'), configFile: false, logLevel: 'error' } as const;
  try {
    await build({
      ...shared,
      plugins: [vue()],
      resolve: { conditions: ['source', 'browser', 'module'] },
      build: { outDir, emptyOutDir: true, target: 'es2024' },
    });
    const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
    const page = await browser.newPage({ viewport: { width: 400, height: 900 } });
    try {
      page.on('pageerror', (error) => console.error(`score page: ${error.stack ?? error.message}`));
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      await page.waitForFunction(() => 'scorePage' in globalThis);
      const boxes = viewsOver(sidePx, views);
      const results: PanelRound[] = [];
      for (let round = 0; round < rounds; round++) {
        const of = async (kind: 'ours' | 'filtering') => {
          await page.evaluate(([k, c, s]) => scorePage.open(k, c, s), [kind, cells, sidePx] as const);
          return page.evaluate((list) => scorePage.pan(list), boxes);
        };
        const [ours, filtering] = [await of('ours'), await of('filtering')];
        const unequal = ours.counts.filter((counts, i) => counts === '' || counts !== filtering.counts[i]).length;
        results.push({ ours: ours.ms, filtering: filtering.ms, unequal });
        tell(`round ${round + 1}: ours ${spread(ours.ms)} ms, filtering ${spread(filtering.ms)} ms (p50 / p95)`);
      }
      return results;
    } finally {
      await page.close();
      await server.close();
    }
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
export const spread = (values: readonly number[]): string =>
  `${quantile(values, 0.5).toFixed(2)} / ${quantile(values, 0.95).toFixed(2)}`;
