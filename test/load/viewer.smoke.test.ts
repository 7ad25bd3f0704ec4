import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchLightBrowser } from '../browser.ts';
import { CASES, measurePages } from './viewer/page.ts';
import { report } from './viewer/report.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchLightBrowser();
}, 60_000);
afterAll(() => browser?.close());

it('measures the viewer beside paper.js in small', { timeout: 120_000 }, async () => {
  const pages = await measurePages(browser, { rounds: 1, frames: 4, shrink: 100, tell: () => undefined });
  for (const name of CASES) {
    const [round] = pages.get(name) ?? [];
    expect(round?.overview.frames.length, name).toBeGreaterThan(0);
    expect(
      round?.zoomed.draws.every((ms) => ms >= 0),
      name,
    ).toBe(true);
  }
  expect(pages.get('paper 10k')?.[0]?.loadMs).toBeGreaterThan(0);
  expect(report(pages, [])).toMatch(/B1 .*\| (aim met|met|NOT MET|not sure)/);
});
