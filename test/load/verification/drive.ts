import type { Page } from 'playwright-core';

/** One decision: what was judged, and how long it took from the key until the next object stood sharp on the screen. */
export interface Decision {
  readonly annotation: string;
  readonly ms: number;
}

/** Opens an image and begins to go through its objects by keyboard alone. */
export async function beginVerifying(page: Page, imageId: number): Promise<void> {
  await page.goto(`/images/${imageId}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  await page.getByTestId('canvas').focus();
  await page.keyboard.press('Shift+V');
  await page.locator('[data-testid=verification-side][data-shown]').waitFor({ timeout: 60_000 });
}

/**
 * Presses keys, each as soon as the object before is sharp, and the person has looked at it for `lookMs`.
 *
 * @param keys - one for each decision; the last object of the list may be among them
 */
export async function drive(page: Page, keys: readonly string[], lookMs = 0): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (const key of keys) {
    const annotation = (await page.getByTestId('verification-side').getAttribute('data-shown')) ?? '';
    if (lookMs > 0) await page.waitForTimeout(lookMs);
    // the clock is the page's own: the way between the test and the browser is not what is measured
    const measured = page.evaluate(
      (before) =>
        new Promise<number>((resolve) => {
          const panel = document.querySelector<HTMLElement>('[data-testid=verification-side]') as HTMLElement;
          let pressedAt = NaN;
          window.addEventListener('keydown', (event) => (pressedAt = event.timeStamp), { capture: true, once: true });
          const observer = new MutationObserver(() => {
            const { shown, current } = panel.dataset;
            const isNext = shown !== undefined && shown !== before;
            if (!isNext && current !== undefined) return;
            observer.disconnect();
            // what the browser has drawn by now is on the screen with the next frame
            requestAnimationFrame(() => resolve(performance.now() - pressedAt));
          });
          observer.observe(panel, { attributes: true });
        }),
      annotation,
    );
    // the evaluation has to listen before the key comes
    await page.evaluate(() => undefined);
    await page.keyboard.press(key);
    decisions.push({ annotation, ms: await measured });
  }
  return decisions;
}

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
};
