import type { Page } from 'playwright-core';
import { CLASSES, type Mark } from './plan.ts';

// What a reader does with mouse and keys.

export async function signIn(page: Page, username: string): Promise<void> {
  await page.goto('/projects');
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill('only-for-this-test-run');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Projects' }).first().waitFor();
}

/** The image that is open, as soon as it can be worked on. */
export async function openImage(page: Page): Promise<number> {
  await page.waitForURL(/\/images\/\d+/);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  await page.getByTestId('study-case-place').waitFor();
  return Number(/images\/(\d+)/.exec(page.url())?.[1]);
}

/** Waits until the view has not moved for ten frames. */
const standsStill = (page: Page): Promise<void> =>
  page.getByTestId('canvas').evaluate(async (canvas: HTMLElement) => {
    for (let still = 0, last = ''; still < 10; still++) {
      await new Promise(requestAnimationFrame);
      if (canvas.dataset['view'] !== last) [still, last] = [0, canvas.dataset['view'] ?? ''];
    }
  });

/** Places a box of the default size with each click. */
export async function draw(page: Page, marks: readonly Mark[]): Promise<void> {
  const canvas = page.getByTestId('canvas');
  await canvas.focus();
  await page.keyboard.press('Home');
  await standsStill(page);
  for (const [place, name] of CLASSES.entries()) {
    const ofClass = marks.filter((mark) => mark.class === place);
    if (ofClass.length === 0) continue;
    await page.getByTestId('panel-templates').getByText(name, { exact: true }).click();
    await canvas.focus();
    await page.keyboard.press('.');
    for (const { x, y } of ofClass) {
      const box = await canvas.boundingBox();
      const [centerX = 0, centerY = 0, downsample = 1] = ((await canvas.getAttribute('data-view')) ?? '')
        .split(',')
        .map(Number);
      if (!box) throw new Error('The canvas is not on the page.');
      await page.mouse.click(
        box.x + box.width / 2 + (x - centerX) / downsample,
        box.y + box.height / 2 + (y - centerY) / downsample,
      );
    }
  }
  await page.locator('[data-testid=save-state][data-state=saved]').waitFor();
}

const side = (page: Page) => page.getByTestId('verification-side');

/** The object that is shown, sharp; nothing when all have been gone through. */
export async function shownObject(page: Page, before?: string): Promise<string | undefined> {
  const other = before === undefined ? '[data-shown]' : `[data-shown]:not([data-shown="${before}"])`;
  await page
    .locator(`[data-testid=verification-side]${other}`)
    .or(page.getByTestId('verification-through'))
    .first()
    .waitFor({ timeout: 60_000 });
  return (await side(page).getAttribute('data-shown')) ?? undefined;
}
export const allVotesSent = (page: Page): Promise<void> =>
  page.locator('[data-testid=verification-side][data-unsent="0"]').waitFor();

/** Goes through the objects of the open image by keyboard. @returns what was pressed on which */
export async function decideHere(page: Page, keyOf: (index: number) => string): Promise<Map<string, string>> {
  await page.getByTestId('canvas').focus();
  await page.keyboard.press('Shift+V');
  const pressed = new Map<string, string>();
  for (let shown = await shownObject(page); shown !== undefined; shown = await shownObject(page, shown)) {
    const key = keyOf(pressed.size);
    pressed.set(shown, key);
    await page.keyboard.press(key);
  }
  await allVotesSent(page);
  await page.keyboard.press('Escape');
  return pressed;
}
