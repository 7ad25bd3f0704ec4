import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchLightBrowser } from '../browser.ts';
import { measurePanel } from './scores/panel.ts';
import { report } from './scores/report.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchLightBrowser();
}, 60_000);
afterAll(() => browser?.close());

// Not how fast: only that the measurement runs and that both count the same in each view.
it('measures the live score beside plain filtering in small', async () => {
  const rounds = await measurePanel(browser, {
    ...{ cells: 3000, sidePx: 10_000, views: 40, rounds: 1 },
    tell: () => undefined,
  });
  expect(rounds).toMatchObject([{ unequal: 0 }]);
  expect(rounds[0]?.ours).toHaveLength(40);
  expect(rounds[0]?.ours.every((ms) => ms >= 0)).toBe(true);
  expect(report(rounds, undefined)).toMatch(/S1 .*\| (aim met|met|NOT MET|not sure)/);
});
