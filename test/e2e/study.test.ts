import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

const SLIDE = join(
  fileURLToPath(new URL('../..', import.meta.url)),
  'plugins/demo-datasets/data/CMU-1-Small-Region.svs',
);

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.kernel.enable(world.projectId, 'study-modes', true);
  const admin = await world.kernel.person('test-admin', { isAdmin: true });
  const slide = await readFile(SLIDE);
  // Bytes behind the end of a TIFF say nothing to a reader, and make it another file.
  const bytes = Buffer.concat([slide, Buffer.from([1])]);
  await world.kernel.image(world.imageSetId, admin, { name: 'second.svs', bytes });
});
afterAll(() => world?.close());

const openStudies = async (page: Page): Promise<void> => {
  await page.goto(`/projects/${world.projectId}/study-modes:page`);
  await page.getByText('Reader study', { exact: true }).first().waitFor();
};

describe('a reader study', () => {
  it('is set up, opened, read blind case by case with "nothing here", and followed by its manager', async () => {
    const manager = await world.open('anna');
    const { page } = manager;
    await openStudies(page);
    await page.getByLabel('Title of a new study').fill('Cells, read blind');
    await page.getByTestId('study-make').click();
    await page.locator('[data-code=NO_READERS]').waitFor();

    await page.getByTestId('study-readers').click();
    await page.getByRole('option', { name: 'ben' }).click();
    await page.keyboard.press('Escape');
    await page.getByTestId('study-add-task').click();
    await page.getByTestId('study-task').getByLabel('Instruction').fill('Draw a box around each cell.');
    await page.getByTestId('study-add-set').click();
    await page.getByTestId('study-arm').selectOption({ label: 'Without layers' });
    await page.getByTestId('study-save').click();
    await page.getByTestId('study-sound').waitFor();
    expect(await page.getByTestId('study-sha').textContent()).toMatch(/^[0-9a-f]{64}$/);
    const { violations } = await new AxeBuilder({ page }).include('[data-testid=study-manager]').analyze();
    expect(
      violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id),
    ).toEqual([]);

    await page.getByTestId('study-tab-running').click();
    await page.getByTestId('study-open').click();
    await page.getByTestId('study-close').waitFor();
    await page.getByText('0 / 2').first().waitFor();

    const reader = await world.open('ben');
    await openStudies(reader.page);
    await reader.page.getByText('Draw a box around each cell.').waitFor();
    await reader.page.getByText('0 of 2 cases done').waitFor();
    await reader.page.getByTestId('study-next').click();
    await reader.page.getByText('Case 1 of 2').waitFor();
    const first = reader.page.url();
    const api = `/api/v2/image-sets/${world.imageSetId}/images`;
    expect((await reader.person.request('GET', api)).body.items).toHaveLength(1);

    await reader.page.getByTestId('study-finish').click();
    await reader.page.getByTestId('study-refusal').getByText('You have annotated nothing').waitFor();
    await reader.page.getByTestId('study-nothing').click();
    await reader.page.getByText('Case 2 of 2').waitFor();
    expect(reader.page.url()).not.toBe(first);

    await reader.page.keyboard.press('b');
    const canvas = await reader.page.locator('.openseadragon-canvas').first().boundingBox();
    if (!canvas) throw new Error('there is no canvas');
    const [x, y] = [canvas.x + canvas.width / 2, canvas.y + canvas.height / 2];
    await reader.page.mouse.move(x, y);
    await reader.page.mouse.down();
    await reader.page.mouse.move(x + 60, y + 40, { steps: 5 });
    await reader.page.mouse.up();
    await reader.page.getByTestId('study-finish').click();
    await reader.page.getByText('You have read all cases of this phase').waitFor();
    const imageId = Number(/images\/(\d+)/.exec(reader.page.url())?.[1]);
    const { body } = await reader.person.request('GET', `/api/v2/images/${imageId}/annotations`);
    expect(body.items).toHaveLength(1);

    await page.getByText('2 / 2').first().waitFor();
    await page.getByTestId('study-close').click();
    await page.getByTestId('study-end').waitFor();
    await page.getByTestId('study-tab-record').click();
    await page
      .getByTestId('study-log')
      .getByText('nothing here', { exact: false })
      .or(page.getByText('empty'))
      .first()
      .waitFor();
    expect(await page.getByTestId('study-log').locator('li').count()).toBe(6);

    // A refusal is an answer of the server, which the browser lists as an error of the network.
    for (const { complaints } of [manager, reader])
      expect(complaints.list.filter((text) => !/status of 409/.test(text))).toEqual([]);
    await manager.context.close();
    await reader.context.close();
  });
});
