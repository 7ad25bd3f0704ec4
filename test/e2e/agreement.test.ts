import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAs } from '../../plugins/annotation-import/src/server/import.testing.ts';
import { describeWithData } from '../data.ts';
import { makeWorld, type World } from './world.ts';

// Comparing readers, by the page: two who have drawn on a slide, and three experts with what they have drawn in EXACT.

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world?.close());

const frameOf = (page: Page) => page.locator('[data-contribution="agreement:page"]');
const seriousFaults = async (page: Page): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page }).include('[data-contribution="agreement:page"]').analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};

describe('the page of agreement', () => {
  it('asks, works in the background, shows the numbers of each pair, and forgets', async () => {
    await world.kernel.enable(world.projectId, 'agreement', true);
    for (const [name, shift] of [
      ['anna', 0],
      ['ben', 3],
    ] as const) {
      const person = await world.kernel.person(name);
      const box = (x: number) => ({ kind: 'box', x: x + shift, y: 100, width: 30, height: 30 });
      const labels = [world.templates.cell, world.templates.cell, world.templates.cell];
      const { status } = await person.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
        changeId: crypto.randomUUID(),
        create: labels.map((templateId, i) => ({
          uuid: crypto.randomUUID(),
          templateId,
          geometry: box(100 + i * 100),
        })),
      });
      expect(status).toBe(200);
    }
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/projects/${world.projectId}/agreement:page`);
    const frame = frameOf(page);
    await frame.getByLabel('ben (3)').waitFor();
    // one reader alone cannot be compared
    await frame.getByLabel('ben (3)').uncheck();
    expect(await frame.getByTestId('agreement-start').isDisabled()).toBe(true);
    await frame.getByLabel('ben (3)').check();
    await frame.getByTestId('agreement-start').click();
    await frame.getByTestId('agreement-result').waitFor({ timeout: 60_000 });
    await frame.getByTitle('F1 of anna and ben').waitFor();
    expect(await frame.getByTitle('F1 of anna and ben').textContent()).toContain('1.000');
    expect(await frame.getByTestId('agreement-labels').textContent()).toContain('All ratings are the same');
    const csv = await frame.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
    const answer = await page.request.get(csv ?? '');
    expect(await answer.text()).toMatch(/^table,reader_a,reader_b/);
    expect(await seriousFaults(page)).toEqual([]);
    await frame.getByRole('button', { name: 'Forget this comparison' }).click();
    await frame.getByTestId('agreement-result').waitFor({ state: 'detached' });
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('is for managers', async () => {
    const { page, context, complaints } = await world.open('ben');
    await page.goto(`/projects/${world.projectId}/agreement:page`);
    await frameOf(page).getByText('Only managers of the project compare readers.').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  const folder = 'annotated/asthma';
  const exports = [3, 5, 9].map(
    (n) => `${folder}/exact-export/export_[First Round] Asthma_LabelStudy_Participant_${n}.txt`,
  );
  describeWithData('with three experts of EXACT’s study', [folder, ...exports], (images, ...files) => {
    it('shows how much they agree, in a blind project', async () => {
      const { kernel } = world;
      const boss = await kernel.person('anna');
      const experts = ['Participant 3', 'Participant 5', 'Participant 9'].map((name) =>
        name.replace(' ', '_').toLowerCase(),
      );
      for (const name of experts) await kernel.person(name);
      const project = await kernel.project({
        anna: 'manager',
        ...Object.fromEntries(experts.map((name) => [name, 'annotator' as const])),
      });
      for (const id of ['agreement', 'annotation-import']) await kernel.enable(project.id, id, true);
      await boss.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration: 'blind' });
      for (const name of readdirSync(images).filter((file) => file.endsWith('.tiff')))
        await kernel.image(project.imageSetId, boss, { name, bytes: readFileSync(join(images, name)) });
      const product = await boss.request('POST', `/api/v2/projects/${project.id}/products`, {
        name: 'Cells of the lung',
      });
      const cells = importAs(kernel, project.id, boss);
      for (const [i, file] of files.entries()) {
        const read = await cells.read(basename(file), readFileSync(file));
        for (const { label } of read.inventory?.labels ?? [])
          if (i === 0)
            await boss.request('POST', `/api/v2/projects/${project.id}/products/${product.body.id}/templates`, {
              name: label,
              kind: 'box',
            });
        const userId = (await kernel.person(experts[i] ?? '')).principal.userId;
        const plan = await cells.count(
          read.id,
          await cells.suggested(read.id, { author: { by: 'one', userId }, leaveOut: true }),
        );
        expect((await cells.apply(plan.id)).state).toBe('applied');
      }

      const { page, context, complaints } = await world.open('anna', { scheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 1700 });
      await page.goto(`/projects/${project.id}/agreement:page`);
      const frame = frameOf(page);
      await frame.getByTestId('agreement-start').click();
      await frame.getByTestId('agreement-result').waitFor({ timeout: 60_000 });
      // The numbers that test/import/experts.test.ts has found by hand.
      for (const f1 of ['0.786', '0.787', '0.906']) await frame.getByRole('button', { name: f1 }).waitFor();
      for (const kappa of ['0.882', '0.875', '0.956']) await frame.getByRole('button', { name: kappa }).waitFor();
      await frame.getByRole('button', { name: '0.787' }).click();
      await frame.getByRole('button', { name: '0.787', pressed: true }).waitFor();
      await frame.getByRole('rowheader', { name: 'no such object' }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(complaints.list).toEqual([]);
      const folderOfPictures = process.env['EXACT_PICTURES'];
      if (folderOfPictures) await frame.screenshot({ path: `${folderOfPictures}/agreement.png` });
      await context.close();
    });
  });
});
