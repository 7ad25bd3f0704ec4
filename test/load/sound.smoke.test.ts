import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { measureFirstSound } from './sound/first-sound.ts';
import { measurePyramids } from './sound/pyramid.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);
afterAll(() => browser?.close());

it('measures making spectrograms and the first sound in small', { timeout: 120_000 }, async () => {
  const rounds = await measurePyramids({ seconds: 4, rounds: 1, tell: () => undefined });
  expect(rounds.map(({ format }) => format)).toContain('WAV');
  for (const { pyramid, decode } of rounds) expect(Math.min(pyramid, decode)).toBeGreaterThan(0);
  const [ms] = await measureFirstSound(browser, { seconds: 4, rounds: 1 });
  expect(ms).toBeGreaterThan(0);
});
