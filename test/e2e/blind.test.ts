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

async function setMode(collaboration: string): Promise<void> {
  const { request } = await world.kernel.person('anna');
  expect((await request('PATCH', `/api/v2/projects/${world.projectId}`, { collaboration })).status).toBe(200);
}

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

  it('lets readers look at shared rows and select them, and offers no way to change them', async () => {
    const [guide = ''] = await draw('anna', 1100);
    const { request } = await world.kernel.person('anna');
    const project = `/api/v2/projects/${world.projectId}`;
    const layers = (await request('GET', `${project}/layers`)).body as { id: number; name: string }[];
    const layerId =
      layers.find(({ name }) => name === 'Guidance')?.id ??
      (await request('POST', `${project}/layers`, { name: 'Guidance', purpose: 'guidance', shown: true })).body.id;
    const body = { changeId: randomUUID(), update: [{ uuid: guide, revision: 1, layerId }] };
    expect((await request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, body)).status).toBe(200);
    await setMode('blind');

    const { page: ben, complaints } = await openSlide('ben', guide);
    const sent: string[] = [];
    ben.on('request', (asked) => asked.method() !== 'GET' && sent.push(`${asked.method()} ${asked.url()}`));
    await ben.getByTestId('layer-read-only').waitFor();
    await ben.getByTestId('shared-note').getByText('Guidance: read-only').waitFor();
    expect(await ben.getByTestId('inspector-template').isDisabled()).toBe(true);
    for (const control of ['lock-selected', 'delete-selected', 'layer-select'])
      expect(await ben.getByTestId(control).count()).toBe(0);
    const canvas = ben.getByTestId('canvas');
    await canvas.focus();
    for (const key of ['Delete', 'Alt+Shift+ArrowRight', 'Control+Shift+l']) await ben.keyboard.press(key);
    const area = await canvas.boundingBox();
    const middle = { x: (area?.x ?? 0) + (area?.width ?? 0) / 2, y: (area?.y ?? 0) + (area?.height ?? 0) / 2 };
    await ben.mouse.move(middle.x, middle.y);
    await ben.mouse.down();
    await ben.mouse.move(middle.x + 40, middle.y + 10, { steps: 4 });
    await ben.mouse.up();
    await ben.getByTestId('layer-read-only').waitFor(); // still there, still selected
    expect(sent).toEqual([]);
    expect((await request('GET', `/api/v2/annotations/${guide}`)).body.revision).toBe(2);
    expect(complaints).toEqual([]);
    await setMode('cooperative');
  });

  it('takes what others have drawn out of the hands of who has it selected, at once', async () => {
    const [other = ''] = await draw('anna', 1300);
    const { page: ben, complaints } = await openSlide('ben', other);
    await ben.getByTestId('delete-selected').waitFor();
    await setMode('blind');
    await ben.getByTestId('delete-selected').waitFor({ state: 'detached' });
    expect(complaints.filter((line) => !line.includes(`/annotations/${other}`))).toEqual([]);
    await setMode('cooperative');
  });

  it('keeps what a reader drew without a line before it was set', async () => {
    const { page: ben } = await openSlide('ben');
    const { request } = await world.kernel.person('ben');
    const own = async (): Promise<string[]> =>
      (await request('GET', `/api/v2/images/${world.imageId}/annotations?limit=500`)).body.items.map(
        ({ uuid }: { uuid: string }) => uuid,
      );
    await ben.getByTestId('panel-templates').getByText('Nucleus', { exact: true }).click();
    await ben.keyboard.press('.');
    await ben.context().setOffline(true);
    const area = await ben.getByTestId('canvas').boundingBox();
    for (const part of [0.4, 0.5, 0.6])
      await ben.mouse.click((area?.x ?? 0) + (area?.width ?? 0) * part, (area?.y ?? 0) + (area?.height ?? 0) / 2);
    await ben
      .getByTestId('save-state')
      .filter({ hasText: /3 unsent/ })
      .waitFor();
    await setMode('blind');
    const before = await own();
    await ben.context().setOffline(false);
    await ben.locator('[data-testid=save-state][data-state=saved]').waitFor();
    const mark = (await request('GET', `/api/v2/projects/${world.projectId}`)).body.uuidMark as string;
    const made = (await own()).filter((uuid) => !before.includes(uuid));
    expect(made).toHaveLength(3);
    expect(made.every((uuid) => uuid.endsWith(mark))).toBe(true);
    await total(ben, before.length + 3);
    await ben.reload();
    await total(ben, before.length + 3);
    await setMode('cooperative');
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
