import AxeBuilder from '@axe-core/playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world?.close());

describe('the pages', () => {
  it('let a person sign in by the form and refuse a wrong password in words', async () => {
    const context = await world.browser.newContext({ baseURL: world.kernel.url });
    const page = await context.newPage();
    await page.goto('/projects');
    await page.getByLabel('User name').fill('test-admin');
    await page.getByLabel('Password', { exact: true }).fill('certainly wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong').first().waitFor();
    await page.getByLabel('Password', { exact: true }).fill('only-for-this-test-run');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Project 1').first().waitFor();
    await context.close();
  });

  it('take many files by the file chooser, show the good ones and say of each bad one why', async () => {
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/image-sets/${world.imageSetId}`);
    const png = await sharp({ create: { width: 700, height: 500, channels: 3, background: '#7faadd' } })
      .png()
      .toBuffer();
    await page.locator('input[type=file][multiple]:not([webkitdirectory])').setInputFiles([
      { name: 'good.png', mimeType: 'image/png', buffer: png },
      { name: 'cut.png', mimeType: 'image/png', buffer: png.subarray(0, 60) },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
    ]);
    await page.getByText('700 × 500').first().waitFor({ timeout: 60_000 });
    const { body } = await (
      await world.kernel.person('anna')
    ).request('GET', `/api/v2/image-sets/${world.imageSetId}/images`);
    const names = body.items.map((image: { privateName: string }) => image.privateName);
    expect(names).toContain('good.png');
    expect(names).not.toContain('notes.txt');
    await page
      .getByText(/notes\.txt/)
      .first()
      .waitFor();
    // A refusal is an answer of the server, which the browser lists as an error of the network.
    expect(complaints.list.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
    await context.close();
  });

  it('import annotations of a file, and name each line that is wrong', async () => {
    const { page, context, complaints } = await world.open('ben');
    await page.goto(`/image-sets/${world.imageSetId}`);
    const fileOf = (...lines: object[]) => ({
      name: 'cells.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')),
    });
    const box = {
      templateId: world.templates.cell,
      geometry: { kind: 'box', x: 1000, y: 1000, width: 30, height: 30 },
    };
    const importing = async (file: ReturnType<typeof fileOf>): Promise<void> => {
      await page
        .getByRole('button', { name: /^Import annotations on/ })
        .first()
        .click();
      await page.locator('input[type=file][accept*=ndjson]').setInputFiles(file);
      await page.getByRole('button', { name: 'Import', exact: true }).click();
    };
    await importing(fileOf(box, { ...box, templateId: 999_999 }));
    await page.getByRole('cell', { name: 'TEMPLATE_UNKNOWN' }).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await importing(fileOf(box, { ...box, description: 'second' }));
    await page.getByText('2 annotations are stored.').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it.each(['dark', 'light'] as const)('have no serious fault of accessibility in the %s theme', async (scheme) => {
    const { page, context, complaints } = await world.open('anna', { scheme });
    const faults: string[] = [];
    for (const path of [
      '/projects',
      `/projects/${world.projectId}`,
      `/image-sets/${world.imageSetId}`,
      `/images/${world.imageId}`,
      '/account',
    ]) {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      const axe = new AxeBuilder({ page });
      // All else is the same in both themes.
      if (scheme === 'light') axe.withRules(['color-contrast']);
      const { violations } = await axe.analyze();
      for (const { id, impact, nodes } of violations) {
        if (impact === 'serious' || impact === 'critical')
          faults.push(`${path}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
      }
    }
    expect(faults).toEqual([]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });
});
