import type { Browser, CDPSession, Page } from 'playwright-core';
import { startLayerHarness } from '../../../ui/src/annotate/layer/bench/harness.ts';
import { median } from '../statistics.ts';

/** Times in ms of one page in one round. */
export interface PageRound {
  readonly loadMs?: number;
  /** Growth of the heap by loading, typed arrays included. */
  readonly heapMb?: number;
  readonly overview: ViewRound;
  readonly zoomed: ViewRound;
}
export interface ViewRound {
  /** Intervals between frames of a pan, and what the drawing takes in each. */
  readonly frames: readonly number[];
  readonly draws: readonly number[];
  /** The whole picture at once, however long it takes. */
  readonly whole: number;
}

export const CASES = ['null', 'paper 10k', 'ours 10k', 'ours 100k', 'ours 1M counts', 'ours 300k marks'] as const;
export type Case = (typeof CASES)[number];
/** Those that show how long loading takes and what it costs, for {@link PageBenchOptions.onlyLoading}. */
const LOADED: readonly Case[] = ['paper 10k', 'ours 10k'];

export interface PageBenchOptions {
  readonly rounds: number;
  readonly frames: number;
  /** Numbers of shapes are divided by this: 1, but for a smoke run. */
  readonly shrink?: number;
  /** Loads only, and only what is loaded: nothing is drawn in the views. */
  readonly onlyLoading?: boolean;
  tell(line: string): void;
}

/**
 * Pans and loads on a page with nothing but the viewer (1200 × 800, no network): ours, paper.js, and no annotations at all, one after the
 * other in each round.
 */
export async function measurePages(
  browser: Browser,
  { rounds, frames, shrink = 1, onlyLoading = false, tell }: PageBenchOptions,
): Promise<Map<Case, PageRound[]>> {
  const harness = await startLayerHarness(browser);
  const results = new Map<Case, PageRound[]>(CASES.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of onlyLoading ? LOADED : CASES) {
        const page = await harness.newPage();
        const result = await measureCase(page, name, onlyLoading ? 0 : frames, shrink);
        results.get(name)?.push(result);
        tell(`round ${round + 1}: ${name}: ${sentence(result)}`);
        await page.close();
      }
    }
  } finally {
    await harness.close();
  }
  return results;
}

const NOT_DRAWN: ViewRound = { frames: [], draws: [], whole: NaN };

async function measureCase(page: Page, name: Case, frames: number, shrink: number): Promise<PageRound> {
  const isOurs = name.startsWith('ours');
  await page.evaluate((renderer) => layerPage.open(renderer), isOurs ? ('canvas' as const) : undefined);
  let loaded: { loadMs?: number; heapMb?: number } = {};
  if (name === 'paper 10k') await page.evaluate(() => layerPage.openPaper());
  if (name === 'paper 10k' || name === 'ours 10k' || name === 'ours 100k')
    loaded = await load(page, (name === 'ours 100k' ? 100_000 : 10_000) / shrink);
  if (name === 'ours 1M counts')
    await page.evaluate((count) => layerPage.summariseMany('overview', count), 1_000_000 / shrink);
  if (name === 'ours 300k marks')
    await page.evaluate((count) => layerPage.summariseMany('centres', count), 300_000 / shrink);
  if (frames === 0) return { ...loaded, overview: NOT_DRAWN, zoomed: NOT_DRAWN };
  await page.evaluate(() => layerPage.setView({}));
  // paper.js takes seconds for what others do in milliseconds
  const count = name === 'paper 10k' ? Math.ceil(frames / 4) : frames;
  const overview = await pan(page, count);
  await page.evaluate(() => layerPage.setView({ zoom: 0.25, x: 50_000, y: 50_000 }));
  return { ...loaded, overview, zoomed: await pan(page, count) };
}

async function pan(page: Page, count: number): Promise<ViewRound> {
  const moved = await page.evaluate((n) => layerPage.pan(n, 7), count);
  const whole = await page.evaluate(() => layerPage.drawWhole(5, 7));
  return { ...moved, whole: median(whole) };
}

async function load(page: Page, count: number): Promise<{ loadMs: number; heapMb: number }> {
  const cdp = await page.context().newCDPSession(page);
  const before = await heapBytes(cdp);
  await page.evaluate((n) => layerPage.prepare(n), count);
  const loadMs = await page.evaluate(() => layerPage.loadPrepared());
  const heapMb = ((await heapBytes(cdp)) - before) / 2 ** 20;
  await cdp.detach();
  return { loadMs, heapMb };
}

/** Live JavaScript objects and the memory behind typed arrays. */
async function heapBytes(cdp: CDPSession): Promise<number> {
  // twice: what lies behind a typed array is let go after its object
  for (let i = 0; i < 2; i++) await cdp.send('HeapProfiler.collectGarbage');
  const usage = (await cdp.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;
/** `p50 / p95` in ms. */
export const spread = (values: readonly number[]): string =>
  values.length === 0 ? '–' : `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.95).toFixed(1)}`;

function sentence({ loadMs, heapMb, overview, zoomed }: PageRound): string {
  const loading = loadMs === undefined ? '' : `loaded in ${loadMs.toFixed(0)} ms, ${heapMb?.toFixed(1)} MB; `;
  const view = (name: string, { frames, draws, whole }: ViewRound): string =>
    `${name} frame ${spread(frames)}, drawing ${spread(draws)}, whole picture ${whole.toFixed(1)}`;
  if (Number.isNaN(overview.whole)) return loading;
  return `${loading}${view('overview', overview)}; ${view('zoomed in', zoomed)}`;
}
