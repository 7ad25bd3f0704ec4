import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

// Importing a file of annotations, by the page and by real files in the chooser.

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.kernel.enable(world.projectId, 'annotation-import', true);
});
afterAll(() => world?.close());

const feature = (label: string, ring: number[][], more: object = {}): object => ({
  type: 'Feature',
  geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] },
  properties: { objectType: 'annotation', classification: { name: label, color: [200, 30, 60] }, ...more },
});
const square = (x: number, y: number, side = 60): number[][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const geojson = (name: string, ...features: object[]) => ({
  name,
  mimeType: 'application/geo+json',
  buffer: Buffer.from(JSON.stringify({ type: 'FeatureCollection', features })),
});
const page$ = (page: Page) => page.locator('[data-contribution="annotation-import:page"]');
const counted = (page: Page, what: string) =>
  page.locator('[data-testid=import-counts][data-counted=true]', { hasText: what }).waitFor({ timeout: 30_000 });

describe('the page of imports', () => {
  it('leads from a file over a mapping with live counts to annotations on the image', async () => {
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/projects/${world.projectId}/annotation-import:page`);
    const frame = page$(page);
    await frame.getByTestId('import-file').setInputFiles(
      geojson(
        'CMU-1-Small-Region.geojson',
        feature('tumour', square(200, 200)),
        feature('Tumour: Positive', square(300, 200), { name: 'the second' }),
        feature('Stroma', square(400, 200)),
        feature('Stroma', square(9_000_000, 200)),
        feature('Stroma', [
          [500, 200],
          [560, 260],
          [560, 200],
          [500, 260],
        ]),
      ),
    );
    // the image is matched by the name of the file, classes by theirs; what has no template is left out
    await frame.getByText('same name but for the ending').waitFor();
    await counted(page, '1make');
    // a template for a class that the project does not know, made on the spot
    await frame.getByRole('button', { name: 'New template' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await counted(page, '2refused');
    await frame.getByTestId('import-blocked').waitFor();
    expect(await frame.getByTestId('import-apply').isDisabled()).toBe(true);
    await frame.getByRole('cell', { name: '/features/4' }).waitFor();
    await frame.getByLabel(/^Clean shapes/).check();
    await counted(page, '1cleaned');
    await frame.getByLabel('Import the rest where some cannot be taken').check();
    await counted(page, '1refused');

    const { violations } = await new AxeBuilder({ page }).include('[data-testid=import-page]').analyze();
    expect(
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html).join()}`),
    ).toEqual([]);
    const pictures = process.env['EXACT_PICTURES'];
    if (pictures) {
      await page.setViewportSize({ width: 1180, height: 1500 });
      await frame.screenshot({ path: `${pictures}/annotation-import.png` });
    }

    await frame.getByTestId('import-apply').click();
    await frame.getByTestId('import-done').waitFor({ timeout: 30_000 });
    expect(await frame.getByTestId('import-done').textContent()).toContain('3 annotations made');
    await frame.getByRole('link', { name: /CMU-1/ }).click();
    await page.waitForURL(/\/images\//);
    await page.locator('[data-testid=annotation-total][data-complete=true]', { hasText: '3' }).waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('is reached from the viewer with that image as the target, by annotators as well', async () => {
    const { page, context, complaints } = await world.open('ben');
    await page.goto(`/images/${world.imageId}`);
    const panel = page.locator('[data-contribution="annotation-import:image"]');
    await panel.scrollIntoViewIfNeeded();
    await panel
      .getByTestId('import-file')
      .setInputFiles(geojson('whatever.geojson', feature('Tumour', square(700, 700))));
    await panel.getByTestId('import-go-on').click();
    await page.waitForURL(/\/annotation-import:page\?import=/);
    const frame = page$(page);
    await counted(page, '1make');
    // whose work it becomes, layers and new templates are for managers
    expect(await frame.getByText('Whose work').count()).toBe(0);
    await frame.getByTestId('import-apply').click();
    await frame.getByTestId('import-done').waitFor({ timeout: 30_000 });
    const ben = await world.kernel.person('ben');
    const { body } = await ben.request(
      'GET',
      `/api/v2/images/${world.imageId}/annotations?authors=${ben.principal.userId}`,
    );
    expect(body.items).toMatchObject([{ templateId: world.templates.tumour, authorId: ben.principal.userId }]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('says of a file that cannot be read why, and keeps the page working', async () => {
    const { page, context } = await world.open('anna');
    await page.goto(`/projects/${world.projectId}/annotation-import:page`);
    const frame = page$(page);
    await frame
      .getByTestId('import-file')
      .setInputFiles({ name: 'packed.json', mimeType: 'application/json', buffer: Buffer.from([0x1f, 0x8b, 8, 0, 0]) });
    await frame.getByTestId('import-failed').waitFor({ timeout: 30_000 });
    expect(await frame.getByTestId('import-failed').textContent()).toContain('gzip');
    await frame.getByTestId('import-file').setInputFiles(geojson('good.geojson', feature('Tumour', square(10, 10))));
    await counted(page, '0make');
    expect(await frame.getByTestId('import-page').getAttribute('data-step')).toBe('mapping');
    await frame.getByRole('button', { name: 'Another file' }).click();
    await frame.getByRole('button', { name: 'Forget packed.json' }).click();
    await frame.getByRole('button', { name: 'Open packed.json' }).waitFor({ state: 'detached' });
    await context.close();
  });
});
