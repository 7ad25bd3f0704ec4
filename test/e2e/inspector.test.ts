import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Annotation, AttributeSchema } from '@exact/sdk/contract';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as sample from '../../core/src/media/samples.testing.ts';
import { testData } from '../data.ts';
import { makeWorld, type World } from './world.ts';

const SCHEMA: AttributeSchema = {
  attributes: [
    { key: 'grade', label: 'Grade', type: 'integer', min: 1, max: 3, required: true },
    { key: 'stain', label: 'Stain', type: 'choice', options: ['HE', 'PAS'] },
    { key: 'seen', label: 'Seen in', type: 'choices', options: ['tumour', 'stroma'] },
  ],
};

let world: World;
let templateId: number;
let uuid: string;
const open: Page[] = [];

beforeAll(async () => {
  world = await makeWorld({ isPlaying: true });
  const { request } = await world.kernel.person('anna');
  const { body } = await request('GET', `/api/v2/projects/${world.projectId}/products`);
  const made = await request('POST', `/api/v2/projects/${world.projectId}/products/${body[0].id}/templates`, {
    name: 'Graded',
    kind: 'box',
    attributeSchema: SCHEMA,
  });
  templateId = made.body.id;
});
afterAll(() => world?.close());
beforeEach(async () => {
  for (const page of open.splice(0)) await page.context().close();
  uuid = randomUUID();
  const { request } = await world.kernel.person('anna');
  const geometry = { kind: 'box', x: 1000, y: 1400, width: 200, height: 100 };
  await request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
    changeId: randomUUID(),
    create: [{ uuid, templateId, geometry, description: 'as drawn', meta: { origin: 'test' } }],
  });
});

/** Opens the annotation by its permalink. */
async function inspect(username: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const { page, complaints } = await world.open(username);
  open.push(page);
  await page.goto(`/images/${world.imageId}?annotation=${uuid}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  await page.getByTestId('inspector-uuid').filter({ hasText: uuid }).waitFor();
  return { page, complaints: complaints.list };
}
const stored = async (): Promise<Annotation> =>
  (await (await world.kernel.person('anna')).request('GET', `/api/v2/annotations/${uuid}`)).body as Annotation;
const saved = (page: Page): Promise<void> => page.locator('[data-testid=save-state][data-state=saved]').waitFor();

describe('the inspector', () => {
  it('takes a picture and a sound, plays in place, and shows both to others, also after a reload', async () => {
    const { page: anna, complaints } = await inspect('anna');
    const { page: vera } = await inspect('vera');
    await vera.getByTestId('media').waitFor();
    expect(await vera.getByTestId('add-media').count()).toBe(0);

    const birds = testData('audio/birds_10s.wav');
    await anna.getByTestId('media-input').setInputFiles([
      { name: 'cell.png', mimeType: 'image/png', buffer: await sample.png(640, 480) },
      { name: 'call.wav', mimeType: 'audio/wav', buffer: birds === undefined ? sample.wav(3) : await readFile(birds) },
      { name: 'lie.png', mimeType: 'image/png', buffer: Buffer.from('<html><script>alert(1)</script></html>') },
    ]);
    await anna.getByTestId('media-upload').filter({ hasText: 'it is a web page' }).waitFor();

    for (const page of [anna, vera]) {
      await page.getByTestId('media-image').locator('img').waitFor();
      const sound = page.getByTestId('media-audio').locator('audio');
      await sound.waitFor();
      const played = await sound.evaluate(async (player: HTMLAudioElement) => {
        player.muted = true;
        await player.play();
        await new Promise((resolve) =>
          player.addEventListener('timeupdate', () => player.currentTime > 0 && resolve(0)),
        );
        return { time: player.currentTime, duration: player.duration };
      });
      expect(played.time).toBeGreaterThan(0);
      expect(played.duration).toBeGreaterThan(2);
      const width = await page
        .getByTestId('media-image')
        .locator('img')
        .evaluate((img: HTMLImageElement) => img.naturalWidth);
      expect(width).toBe(512);
    }
    await anna.getByTestId('open-picture').click();
    const large = anna.getByTestId('picture-dialog').locator('img');
    await large.evaluate((img: HTMLImageElement) => img.decode());
    expect(await large.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(640);
    await anna.keyboard.press('Escape');

    await anna.reload();
    await anna.getByTestId('media-audio').locator('audio').waitFor();
    await anna.getByTestId('media-image').getByTestId('media-actions').click();
    await anna.getByTestId('remove-media').click();
    await anna.getByRole('button', { name: 'Remove', exact: true }).click();
    await vera.getByTestId('media-image').waitFor({ state: 'detached' });
    expect(await vera.getByTestId('media-audio').count()).toBe(1);
    // The refused file is all that the browser may complain about.
    expect(complaints.filter((line) => !/status of 422/.test(line))).toEqual([]);
  });

  it('fills in typed attributes and meta data, tells what is wrong, and gives a revision back in one step', async () => {
    const { page, complaints } = await inspect('anna');
    await page.getByTestId('missing-attributes').waitFor();
    const grade = page.getByTestId('attribute-grade').locator('input');
    await grade.fill('7');
    await grade.press('Enter');
    await page.getByTestId('attribute-grade').getByRole('alert').filter({ hasText: 'must be at most 3' }).waitFor();
    await grade.fill('2');
    await grade.press('Enter');
    await page.getByTestId('missing-attributes').waitFor({ state: 'detached' });
    await page.getByTestId('attribute-stain').locator('select').selectOption('PAS');
    await page.getByTestId('attribute-seen').getByText('stroma').click();
    const meta = page.getByTestId('inspector-meta');
    await meta.fill('{"origin": ');
    await meta.blur();
    await page.getByTestId('meta-error').waitFor();
    await meta.fill('{"origin": "<img src=x onerror=alert(1)>"}');
    await meta.blur();
    await page.getByTestId('meta-error').waitFor({ state: 'detached' });
    await page.getByTestId('inspector-description').fill('changed');
    await page.getByTestId('inspector-description').blur();
    await saved(page);
    expect(await stored()).toMatchObject({
      description: 'changed',
      meta: { origin: '<img src=x onerror=alert(1)>', attributes: { grade: 2, stain: 'PAS', seen: ['stroma'] } },
    });

    await page.getByTestId('history').locator('summary').click();
    await page.getByTestId('history').getByRole('button', { name: 'Restore' }).last().click();
    await saved(page);
    expect(await stored()).toMatchObject({ description: 'as drawn', meta: { origin: 'test' } });
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Control+z');
    await saved(page);
    expect(await stored()).toMatchObject({ description: 'changed', meta: { attributes: { grade: 2 } } });

    await page.getByTestId('accept').click();
    await page.getByTestId('take-back-verdict').click();
    await page.getByTestId('verification').filter({ hasText: 'Not verified' }).waitFor();
    await saved(page);
    expect((await stored()).verification).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});
