import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

// Two people on one image: seen in the toolbar and on the map, gone along with, gone.

let world: World;
const contexts: BrowserContext[] = [];
beforeAll(async () => {
  world = await makeWorld();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(() => world?.close());

async function open(username: string, at = 'x=1110&y=1480&zoom=2') {
  const { page, context, complaints, person } = await world.open(username);
  contexts.push(context);
  await page.goto(`/images/${world.imageId}?${at}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  return { page, context, person, complaints: complaints.list };
}
async function viewOf(page: Page): Promise<readonly number[]> {
  return ((await page.getByTestId('canvas').getAttribute('data-view')) ?? '').split(',').map(Number);
}
const other = (page: Page, name: string) => page.getByRole('button', { name: `Go along with the view of ${name}` });

describe('people on one image', () => {
  it('see each other in toolbar and map; one goes along with the other until moving oneself', async () => {
    const { page: anna, complaints } = await open('anna');
    const { page: ben } = await open('ben', 'x=600&y=700&zoom=1');
    await other(anna, 'ben').waitFor();
    await other(ben, 'anna').waitFor();
    await anna.getByTestId('other-frame').waitFor();

    await other(anna, 'ben').focus();
    await anna.keyboard.press('Enter');
    await anna.getByTestId('following').getByText('Going along with ben').waitFor();
    await expect.poll(async () => (await viewOf(anna)).slice(0, 2).map(Math.round)).toEqual([600, 700]);

    await ben.getByTestId('canvas').focus();
    for (let i = 0; i < 3; i++) await ben.keyboard.press('ArrowRight');
    await expect
      .poll(async () => {
        const [there, here] = [await viewOf(ben), await viewOf(anna)];
        return (there[0] ?? 0) > 700 && Math.abs((there[0] ?? 0) - (here[0] ?? 0)) < 2;
      })
      .toBe(true);

    await anna.getByTestId('canvas').focus();
    await anna.keyboard.press('ArrowLeft');
    await anna.getByTestId('following').getByText('Going along').waitFor({ state: 'detached' });
    const before = await viewOf(anna);
    await ben.keyboard.press('ArrowDown');
    await expect.poll(async () => (await viewOf(ben))[1] ?? 0).toBeGreaterThan(750);
    expect((await viewOf(anna))[1]).toBe(before[1]);
    expect(complaints).toEqual([]);
  });

  it('are gone within ten seconds after they close the page, and unseen when they wish so', async () => {
    const { page: anna } = await open('anna');
    const { page: ben, context } = await open('ben');
    await other(anna, 'ben').waitFor();
    await other(ben, 'anna').waitFor();

    await ben.getByTestId('canvas').focus();
    await ben.keyboard.press('Control+K');
    await ben.getByTestId('palette-input').fill('Do not let others see where I am');
    await ben.keyboard.press('Enter');
    await other(anna, 'ben').waitFor({ state: 'detached' });
    await anna.getByTestId('canvas').focus();
    await anna.keyboard.press('ArrowRight');
    await other(ben, 'anna').waitFor(); // one still sees the others
    await ben.keyboard.press('Control+K');
    await ben.getByTestId('palette-input').fill('Let others see where I am');
    await ben.keyboard.press('Enter');
    await other(anna, 'ben').waitFor();

    // away to another page and back: the same line to the server, another beginning
    await ben.getByRole('link', { name: 'Projects' }).first().click();
    await other(anna, 'ben').waitFor({ state: 'detached' });
    await ben.goBack();
    await other(anna, 'ben').waitFor();

    await context.close();
    contexts.splice(contexts.indexOf(context), 1);
    await other(anna, 'ben').waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('do not see each other where they work blind: nothing is asked and nothing is told', async () => {
    const { request } = await world.kernel.person('anna');
    const path = `/api/v2/projects/${world.projectId}`;
    expect((await request('PATCH', path, { collaboration: 'blind' })).status).toBe(200);
    const frames: string[] = [];
    const { page: anna, context } = await world.open('anna');
    contexts.push(context);
    anna.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => frames.push(String(payload)));
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    await anna.goto(`/images/${world.imageId}`);
    await anna.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
    const { page: ben } = await open('ben');
    await ben.getByTestId('canvas').focus();
    for (let i = 0; i < 4; i++) await ben.keyboard.press('ArrowRight');
    await expect.poll(async () => (await viewOf(ben))[0] ?? 0).toBeGreaterThan(1400);
    expect(await anna.getByTestId('others').count()).toBe(0);
    expect(await ben.getByTestId('others').count()).toBe(0);
    expect(frames.filter((text) => /"(presence|absent)"/.test(text))).toEqual([]);
    expect(frames.length).toBeGreaterThan(0);
    expect((await request('PATCH', path, { collaboration: 'cooperative' })).status).toBe(200);
  });
});
