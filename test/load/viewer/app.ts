import type { Browser, Page } from 'playwright-core';
import type { Million } from './million.ts';

/** Times in ms in the running program, with a million annotations on the slide. */
export interface AppRound {
  /** From the click in the list of images to the frame that shows the counts, after the small image was open. */
  readonly firstView: number;
  /** From letting go of the pointer, or pressing the key, to the frame that shows it. */
  readonly draw: number;
  readonly edit: number;
  readonly undo: number;
}

export async function openProgram(browser: Browser, { server, browser: session, images }: Million): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  await context.addCookies(
    session.cookie.split('; ').map((pair) => {
      const at = pair.indexOf('=');
      return { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.url };
    }),
  );
  const page = await context.newPage();
  await page.goto(`${server.url}/images/${images.small}`);
  await page.waitForSelector('[data-testid=stage][data-loading=ready]');
  return page;
}

export async function measureProgram(page: Page, { images }: Million, count: string): Promise<AppRound> {
  await page.waitForSelector(`a[href^="/images/${images.large}"]`);
  const firstView = await page.evaluate(
    ([href, total]) =>
      new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error('The overview did not appear in 30 s.')), 30_000);
        document.querySelector<HTMLAnchorElement>(`a[href^="${href}"]`)?.click();
        const start = performance.now();
        const look = (): void => {
          const counts = document.querySelector<HTMLElement>('canvas[data-counts]');
          const told = document.querySelector('[data-testid=annotation-total]')?.textContent ?? '';
          if (counts && counts.style.display !== 'none' && told.includes(total)) resolve(performance.now() - start);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [`/images/${images.large}`, count] as const,
  );
  // further in, where there is a shape at every place
  const stage = await page.locator('[data-testid=canvas]').boundingBox();
  if (!stage) throw new Error('The viewer has no canvas.');
  const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
  await page.mouse.move(x, y);
  for (let i = 0; i < 18; i++) {
    await page.mouse.wheel(0, -120);
    await page.waitForTimeout(40);
  }
  await page.waitForSelector('[data-testid=annotation-total][data-level=shapes][data-complete=true]');
  await page.waitForTimeout(800); // the zoom has come to rest
  const draw = await timed(page, 'pointerup', async () => {
    await page.keyboard.press('1');
    await page.mouse.move(x - 60, y - 60);
    await page.mouse.down();
    await page.mouse.move(x - 20, y - 30, { steps: 4 });
    await page.mouse.up();
  });
  const edit = await timed(page, 'keydown', () => page.keyboard.press('Delete'));
  const undo = await timed(page, 'keydown', () => page.keyboard.press('Control+z'));
  await page.keyboard.press('Control+z'); // the drawing as well: the next round begins as this one
  await page.waitForTimeout(500);
  await page.evaluate(
    (href) => document.querySelector<HTMLAnchorElement>(`a[href^="${href}"]`)?.click(),
    `/images/${images.small}`,
  );
  await page.waitForSelector(`[data-testid=stage][data-loading=ready]`);
  await page.waitForTimeout(1000);
  return { firstView, draw, edit, undo };
}

/** Time from the last event of a kind to the first frame in which the number of annotations is another. */
async function timed(page: Page, event: 'pointerup' | 'keydown', act: () => Promise<void>): Promise<number> {
  const done = page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`Nothing had changed 30 s after ${name}.`)), 30_000);
        const told = (): string | undefined =>
          /[\d,.]+/.exec(document.querySelector('[data-testid=annotation-total]')?.textContent ?? '')?.[0];
        const before = told();
        let start = 0;
        const hear = (heard: Event): void => void (start = heard.timeStamp);
        addEventListener(name, hear, true);
        const look = (now: number): void => {
          if (told() === before) return void requestAnimationFrame(look);
          removeEventListener(name, hear, true);
          resolve(now - start);
        };
        requestAnimationFrame(look);
      }),
    event,
  );
  await page.waitForTimeout(50); // it listens
  await act();
  return done;
}
