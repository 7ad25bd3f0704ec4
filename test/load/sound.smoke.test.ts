import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { measureFirstSound } from './sound/first-sound.ts';
import { makePyramid, measurePyramids } from './sound/pyramid.ts';
import { writeRecording } from './sound/recording.ts';

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

it('needs no more memory for an hour of sound than for a minute', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'exact-hour-'));
  try {
    const path = join(folder, 'hour.wav');
    await writeRecording(path, 3600, 8000, 1);
    // Its samples alone would be 115 MB beside the program, as decoders give them.
    const { grid, durationS } = await makePyramid(path, join(folder, 'hour.tif'), 3600, 190);
    expect(durationS).toBe(3600);
    expect(grid.columns).toBe(360_000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
