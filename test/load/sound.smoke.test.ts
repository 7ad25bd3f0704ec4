import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { measureFirstSound } from './sound/first-sound.ts';
import { makePyramid, measurePyramids } from './sound/pyramid.ts';
import { writeRecording } from './sound/recording.ts';

const LONG_S = 1200;

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

it('needs no more memory for long sounds than for short ones', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'exact-long-'));
  try {
    const path = join(folder, 'long.wav');
    await writeRecording(path, LONG_S, 8000, 1);
    // Its samples alone would be 38 MB beside the program, as decoders give them.
    const { grid, durationS } = await makePyramid(path, join(folder, 'long.tif'), LONG_S, 140);
    expect(durationS).toBe(LONG_S);
    expect(grid.columns).toBe(LONG_S * 100);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
