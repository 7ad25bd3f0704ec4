import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchLightBrowser } from '../browser.ts';
import { measureVerifying } from './verification/measure.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchLightBrowser();
}, 60_000);
afterAll(() => browser?.close());

it('measures verifying by keyboard in small', { timeout: 120_000 }, async () => {
  const rounds = await measureVerifying(browser, { rounds: 1, decisions: 4, lookMs: 0, tell: () => undefined });
  expect(rounds.map(({ mode, decisions }) => [mode, decisions])).toEqual([
    ['secondOpinion', 4],
    ['cooperative', 4],
  ]);
  for (const { p50, worst } of rounds) {
    expect(p50).toBeGreaterThan(0);
    expect(worst).toBeGreaterThanOrEqual(p50);
  }
});
