import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { bootTestKernel } from '../../../core/src/testing.ts';
import { writeRecording } from './recording.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PLUGINS = ['media-playback', 'format-tiff'].map((name) => join(ROOT, 'plugins', name));

/**
 * Opens a recording in a browser that has heard nothing of it, and presses play.
 *
 * @returns milliseconds from each press until the browser says that it plays
 */
export async function measureFirstSound(
  browser: Browser,
  { seconds, rounds }: { readonly seconds: number; readonly rounds: number },
): Promise<number[]> {
  const kernel = await bootTestKernel({ plugins: PLUGINS });
  const path = join(tmpdir(), `exact-first-sound-${process.pid}.wav`);
  try {
    const admin = await kernel.person('test-admin', { isAdmin: true });
    const { id: projectId, imageSetId } = await kernel.project({ anna: 'annotator' });
    await kernel.enable(projectId, 'media-playback', true);
    await writeRecording(path, seconds);
    const { id } = await kernel.image(imageSetId, admin, { name: 'recording.wav', bytes: await readFile(path) });
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const context = await browser.newContext({ baseURL: kernel.url, viewport: { width: 1280, height: 800 } });
      const [name = '', value = ''] = (await kernel.person('anna')).cookie.split('=', 2);
      await context.addCookies([{ name, value, url: kernel.url, httpOnly: true, sameSite: 'Lax' }]);
      const page = await context.newPage();
      // Players need not be in the document: every element that is told to play is listened to.
      await page.addInitScript(() => {
        const play = HTMLMediaElement.prototype.play;
        const times = window as unknown as { pressedAt: number; playsAt: number };
        window.addEventListener('click', (event) => (times.pressedAt = event.timeStamp), { capture: true });
        HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
          this.addEventListener('playing', (event) => (times.playsAt ??= event.timeStamp), { once: true });
          return play.call(this);
        };
      });
      await page.goto(`/images/${id}`);
      await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
      // As somebody does who has come to hear it: when the panel stands.
      await page
        .locator('[data-testid=media-stage][data-recording=ready]')
        .waitFor({ state: 'attached', timeout: 60_000 });
      await page.getByTestId('recording').getByTestId('media-play').click();
      const ms = await page.waitForFunction(
        () => {
          const { pressedAt, playsAt } = window as unknown as { pressedAt: number; playsAt?: number };
          return playsAt === undefined ? undefined : playsAt - pressedAt;
        },
        undefined,
        { timeout: 60_000 },
      );
      times.push((await ms.jsonValue()) ?? NaN);
      await context.close();
    }
    return times;
  } finally {
    await rm(path, { force: true });
    await kernel.close();
  }
}
