/**
 * Frame times of a pan over many shapes, both renderers, beside the same page without shapes ("null"), interleaved.
 * Run from the repository: `node --conditions=source ui/src/annotate/layer/bench/run.ts [rounds]`
 */
import { launchBrowser } from '../../../../../test/browser.ts';
import { startLayerHarness } from './harness.ts';

const FRAMES = 40;
const cases = [
  { name: 'null', renderer: undefined, kind: 'box', count: 0 },
  ...(['canvas', 'webgl'] as const).flatMap((renderer) =>
    (['box', 'polygon'] as const).flatMap((kind) =>
      [10_000, 100_000].map((count) => ({ name: `${renderer} ${kind} ${count}`, renderer, kind, count })),
    ),
  ),
] as const;

const only = new RegExp(process.argv[3] ?? '');
const rounds = Number(process.argv[2] ?? 3);
const quantile = (values: readonly number[], p: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * p)]?.toFixed(1) ?? '-';

interface Result {
  load: number[];
  hit: number[];
  overview: number[];
  zoomed: number[];
  overviewScript: number[];
  zoomedScript: number[];
}

const results = new Map<string, Result>();
const browser = await launchBrowser();
const harness = await startLayerHarness(browser);
try {
  for (let round = 0; round < rounds; round++) {
    for (const { name, renderer, kind, count } of cases.filter((c) => only.test(c.name))) {
      const result = results.get(name) ?? {
        load: [],
        hit: [],
        overview: [],
        zoomed: [],
        overviewScript: [],
        zoomedScript: [],
      };
      results.set(name, result);
      const page = await harness.newPage();
      await page.evaluate((r) => layerPage.open(r), renderer);
      if (renderer) result.load.push(await page.evaluate(([k, n]) => layerPage.load(k, n), [kind, count] as const));
      await page.evaluate(() => layerPage.setView({}));
      const overview = await page.evaluate((n) => layerPage.pan(n, 7), FRAMES);
      await page.evaluate(() => layerPage.setView({ zoom: 0.25, x: 50_000, y: 50_000 }));
      const zoomed = await page.evaluate((n) => layerPage.pan(n, 7), FRAMES);
      result.overview.push(...overview.frames);
      result.zoomed.push(...zoomed.frames);
      result.overviewScript.push(...overview.draws);
      result.zoomedScript.push(...zoomed.draws);
      if (renderer) result.hit.push(await page.evaluate(() => layerPage.timeHits(1000)));
      await page.close();
      console.log(
        [
          name,
          'load',
          quantile(result.load, 0.5),
          'overview',
          quantile(result.overview, 0.5),
          quantile(result.overview, 0.95),
          'draw',
          quantile(result.overviewScript, 0.5),
          quantile(result.overviewScript, 0.95),
          'zoomed',
          quantile(result.zoomed, 0.5),
          quantile(result.zoomed, 0.95),
          'draw',
          quantile(result.zoomedScript, 0.5),
          quantile(result.zoomedScript, 0.95),
          'hit',
          result.hit.at(-1)?.toFixed(4) ?? '-',
        ].join(' '),
      );
    }
  }
} finally {
  await harness.close();
  await browser.close();
}
