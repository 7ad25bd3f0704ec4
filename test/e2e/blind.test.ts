import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => world?.close());

async function open(username: string, path: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const { page, context, complaints } = await world.open(username);
  closers.push(() => context.close());
  await page.goto(path);
  return { page, complaints: complaints.list };
}

async function openSlide(username: string, uuid?: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const at = uuid === undefined ? '' : `?annotation=${uuid}`;
  const opened = await open(username, `/images/${world.imageId}${at}`);
  await opened.page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  return opened;
}

/** Draws boxes as somebody, before anybody works blind. */
async function draw(username: string, ...places: readonly number[]): Promise<string[]> {
  const person = await world.kernel.person(username);
  const create = places.map((x) => ({
    uuid: randomUUID(),
    templateId: world.templates.cell,
    geometry: { kind: 'box', x, y: 300, width: 60, height: 60 },
  }));
  const body = { changeId: randomUUID(), create };
  const { status } = await person.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, body);
  expect(status).toBe(200);
  return create.map(({ uuid }) => uuid);
}

const total = (page: Page, count: number): Promise<void> =>
  page
    .getByTestId('annotation-total')
    .filter({ hasText: new RegExp(`^${count} `) })
    .waitFor();
const layerOf = async (uuid: string): Promise<number | undefined> =>
  (await (await world.kernel.person('anna')).request('GET', `/api/v2/annotations/${uuid}`)).body.layerId;

describe('a project that works blind', () => {
  it('hides at once what others have drawn, but for what a manager has marked as guidance', async () => {
    const [guide = '', other = ''] = await draw('anna', 300, 500);
    const [own = ''] = await draw('ben', 900);
    const { page: ben, complaints: ofBen } = await openSlide('ben');
    await total(ben, 3);

    const { page: anna, complaints: ofAnna } = await openSlide('anna', guide);
    await anna.getByTestId('mark-guidance').click();
    await expect.poll(() => layerOf(guide)).toEqual(expect.any(Number));
    await anna.keyboard.press('Control+z');
    await expect.poll(() => layerOf(guide)).toBeUndefined();
    await anna.keyboard.press('Control+Shift+g'); // the same as a command, with the layer that is there now
    await expect.poll(() => layerOf(guide)).toEqual(expect.any(Number));
    expect(await anna.getByTestId('layer-select').locator('option:checked').textContent()).toBe('Guidance');

    await anna.goto(`/projects/${world.projectId}/together`);
    await anna.getByTestId('mode-blind').click();
    await anna.getByRole('button', { name: 'Change it' }).click();
    await total(ben, 2);
    const reader = await world.kernel.person('ben');
    expect((await reader.request('GET', `/api/v2/annotations/${other}`)).status).toBe(404);
    expect((await reader.request('GET', `/api/v2/annotations/${own}`)).status).toBe(200);

    // A layer that is hidden is gone from the slide as well.
    const switched = anna.getByLabel('Show “Guidance” to readers who work blind');
    await switched.click();
    await total(ben, 1);
    await switched.click();
    await total(ben, 2);
    await ben.goto(`/images/${world.imageId}?annotation=${guide}`);
    await ben.getByTestId('layer-read-only').waitFor();
    expect(await ben.getByTestId('layer-select').count()).toBe(0);

    // Everybody's work is shown again only to who repeats the name of the project.
    await anna.getByTestId('mode-cooperative').click();
    const show = anna.getByRole('button', { name: 'Show everybody’s work' });
    expect(await show.isDisabled()).toBe(true);
    await anna.getByLabel('Type “Project 1” to go on').fill('Project 1');
    await show.click();
    await total(ben, 3);
    expect([...ofBen, ...ofAnna]).toEqual([]);
  });

  it('is explained to everybody, and set by managers only', async () => {
    const { page, complaints } = await open('vera', `/projects/${world.projectId}/together`);
    await page.getByTestId('mode-blind').waitFor();
    expect(await page.getByTestId('mode-blind').isDisabled()).toBe(true);
    expect(await page.getByText('Managers of the project decide it.').count()).toBe(1);
    expect(await page.locator('input[type=checkbox]').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
