import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Annotation } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

const SLIDE = fileURLToPath(new URL('../../plugins/demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));
const COUNT = 30;

let world: World;
let page: Page;
let anna: TestPerson;
let complaints: readonly string[];
let secondImageId: number;
let mitosis: number;

beforeAll(async () => {
  world = await makeWorld();
  anna = await world.kernel.person('anna');
  const { body: products } = await anna.request('GET', `/api/v2/projects/${world.projectId}/products`);
  const { body: template } = await anna.request(
    'POST',
    `/api/v2/projects/${world.projectId}/products/${products[0].id}/templates`,
    { name: 'Mitosis', kind: 'box', defaultWidth: 60, defaultHeight: 60 },
  );
  mitosis = template.id;
  ({ id: secondImageId } = await world.kernel.image(world.imageSetId, anna, {
    name: 'second.svs',
    bytes: await readFile(SLIDE),
  }));
  await anna.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
    changeId: uuid(999),
    create: Array.from({ length: COUNT }, (_, i) => ({
      uuid: uuid(i),
      templateId: world.templates.cell,
      geometry: { kind: 'box', x: 900 + 70 * (i % 6), y: 1300 + 70 * Math.floor(i / 6), width: 40, height: 40 },
    })),
  });
  const opened = await world.open('anna');
  page = opened.page;
  complaints = opened.complaints.list;
  await page.goto(`/images/${world.imageId}?x=1110&y=1480&zoom=1`);
  await ready();
});
afterAll(() => world?.close());

const uuid = (i: number): string => `0199aaaa-0000-7000-8000-${String(i).padStart(12, '0')}`;
const ready = (): Promise<void> => page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
const saved = (): Promise<void> => page.locator('[data-testid=save-state][data-state=saved]').waitFor();
const counted = (templateId: number, count: number): Promise<void> =>
  page
    .getByTestId(`template-${templateId}`)
    .getByTestId('template-count')
    .filter({ hasText: new RegExp(`^${count}$`) })
    .waitFor();
const selectedIs = (id: string): Promise<void> => page.getByTestId('inspector-uuid').filter({ hasText: id }).waitFor();
async function stored(imageId = world.imageId): Promise<Annotation[]> {
  return (await anna.request('GET', `/api/v2/images/${imageId}/annotations?limit=100`)).body.items;
}
async function runFromPalette(search: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-input').fill(search);
  await page.keyboard.press('Enter');
  await page.getByTestId('palette').waitFor({ state: 'hidden' });
}

describe('the keyboard', () => {
  it('gives thirty selected annotations another class in one step that can be taken back', async () => {
    await page.keyboard.press('Control+a');
    await page.getByText(`${COUNT} selected`).first().waitFor();
    await page.keyboard.press('4'); // the fourth class of the panel
    await counted(mitosis, COUNT);
    await saved();
    await page.keyboard.press('Control+z');
    await counted(world.templates.cell, COUNT);
    await saved();
    expect(new Set((await stored()).map((item) => item.templateId))).toEqual(new Set([world.templates.cell]));
  });

  it('goes to an annotation by its id and says what is wrong with one that is none', async () => {
    await page.keyboard.press('Control+g');
    await page.getByTestId('go-to-id').locator('input').fill('zzz');
    await page.keyboard.press('Enter');
    await page.getByText('Type at least 6 of them').waitFor();
    await page.getByTestId('go-to-id').locator('input').fill(uuid(7));
    await page.keyboard.press('Enter');
    await page.getByTestId('go-to-id').waitFor({ state: 'detached' });
    await selectedIs(uuid(7));
  });

  it('keeps what is locked from being deleted, and unlocks it', async () => {
    await page.keyboard.press('Control+Shift+L');
    await saved();
    await page.keyboard.press('Delete');
    await page.getByText('1 locked stay as they are').waitFor();
    expect((await stored()).find((item) => item.uuid === uuid(7))).toMatchObject({ locked: true, deleted: false });
    await page.keyboard.press('Control+Shift+L');
    await saved();
  });

  it('leads from verdict to verdict', async () => {
    await page.keyboard.press('n');
    await selectedIs(uuid(8));
    await page.keyboard.press('j');
    await selectedIs(uuid(9));
    await page.keyboard.press('k');
    await selectedIs(uuid(10));
    await saved();
    const verdicts = (await stored()).flatMap((item) => item.verification?.verdict ?? []);
    expect(verdicts.sort()).toEqual(['accepted', 'rejected']);
    await page.keyboard.press('Alt+PageUp'); // also what has a verdict
    await selectedIs(uuid(9));
  });

  it('copies to the next image, where the place is the same', async () => {
    await page.keyboard.press('Control+c');
    await page.keyboard.press('e');
    await page.waitForURL(`**/images/${secondImageId}**`);
    await ready();
    await page.keyboard.press('Control+v');
    await counted(world.templates.cell, 1);
    await saved();
    const [copy] = await stored(secondImageId);
    expect(copy).toMatchObject({ geometry: { kind: 'box', x: 1110, y: 1370 }, templateId: world.templates.cell });
    expect(copy?.uuid).not.toBe(uuid(9));
    await page.keyboard.press('q');
    await page.waitForURL(`**/images/${world.imageId}**`);
    await ready();
  });

  it('is changed by its person: a key is taken from another tool, at once, for good, and for nobody else', async () => {
    await runFromPalette('change keys');
    await page.getByTestId('key-search').locator('input').fill('ellipse');
    await page.locator('[data-command="annotate:tool-ellipse"]').getByTestId('add-key').click();
    await page.keyboard.press('Control+w');
    await page.getByText('is kept by the browser for itself').waitFor();
    await page.getByText('Another key').click();
    await page.keyboard.press('r');
    await page.getByTestId('key-conflict').filter({ hasText: 'Box' }).waitFor();
    await page.getByTestId('take-key').click();
    await page.locator('[data-command="annotate:tool-ellipse"] kbd').filter({ hasText: 'R' }).waitFor();
    const sent = page.waitForResponse((response) => response.url().endsWith('/api/v2/me'));
    await page.getByTestId('key-settings').getByLabel('Close').click();
    await page.getByTestId('key-settings').waitFor({ state: 'detached' });
    await page.keyboard.press('r');
    // an ellipse needs a class of its kind; the project has none, and says so
    await page.getByText('No class of this project is of the kind').waitFor();
    await sent;
    const { body: me } = await anna.request('GET', '/api/v2/me');
    expect(me.preferences.keys).toMatchObject({
      preset: 'standard',
      bindings: { 'annotate:tool-ellipse': ['O', 'R'], 'annotate:tool-box': [] },
    });
    const ben = await world.kernel.person('ben');
    expect((await ben.request('GET', '/api/v2/me')).body.preferences).toEqual({});
  });

  it('is told by a link that its annotation is deleted, and where it was', async () => {
    const { body: gone } = await anna.request('GET', `/api/v2/annotations/${uuid(3)}`);
    await anna.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
      changeId: uuid(998),
      delete: [{ uuid: uuid(3), revision: gone.revision }],
    });
    await page.goto(`/images/${world.imageId}?annotation=${uuid(3)}`);
    await page.getByText('This annotation is deleted').waitFor();
    await page.goto(`/images/${world.imageId}?annotation=${uuid(4)}`);
    await selectedIs(uuid(4));
  });

  it('reaches every command through the palette, and stays quiet in the console', async () => {
    await runFromPalette('hide all annotations');
    await page.getByText('Annotations are hidden').waitFor();
    await runFromPalette('hide all annotations');
    await page.getByText('Annotations are hidden').waitFor({ state: 'detached' });
    await runFromPalette('second.svs');
    await page.waitForURL(`**/images/${secondImageId}**`);
    expect(complaints).toEqual([]);
  });
});
