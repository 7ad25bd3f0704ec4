import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { TestPerson } from '@exact/sdk/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAs } from '../../plugins/annotation-import/src/server/import.testing.ts';
import { describeWithData } from '../data.ts';
import { createRandom } from '../load/random.ts';
import { makeWorld, type World } from './world.ts';

// The haemosiderin score by the page: on cells that are drawn here, and on what two experts have drawn in EXACT.

let world: World;
let anna: TestPerson;
let ben: TestPerson;
/** Templates of grades 0 … 4, then one without a grade. */
let templates: number[];
const COUNT = 240;
/** Cells of 20 px by their left upper corner. */
const cells: { uuid: string; x: number; y: number; grade: number; score: number }[] = [];

beforeAll(async () => {
  world = await makeWorld();
  anna = await world.kernel.person('anna');
  ben = await world.kernel.person('ben');
  await anna.request('PUT', `/api/v2/projects/${world.projectId}/members/${ben.principal.userId}`, {
    role: 'verifier',
  });
  templates = await makeTemplates(world.projectId, ['0', '1', '2', '3', '4', 'Epithelium']);
  const random = createRandom(7);
  for (let i = 0; i < COUNT; i++) {
    const score = Math.round(random() * 400) / 100;
    cells.push({
      uuid: crypto.randomUUID(),
      x: 20 + Math.floor(random() * 2100),
      y: 20 + Math.floor(random() * 2800),
      grade: Math.min(4, Math.floor(score + 0.5)),
      score,
    });
  }
  await draw(
    anna,
    cells.map(({ uuid, x, y, grade, score }) => ({
      uuid,
      templateId: templates[grade],
      meta: { score },
      ...box(x, y),
    })),
  );
  await draw(anna, [{ uuid: crypto.randomUUID(), templateId: templates[5], ...box(500, 500) }]);
});
afterAll(() => world?.close());

const box = (x: number, y: number) => ({ geometry: { kind: 'box', x, y, width: 20, height: 20 } });
async function draw(who: TestPerson, create: readonly object[], imageId = world.imageId): Promise<void> {
  const answer = await who.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
    changeId: crypto.randomUUID(),
    create,
  });
  expect(answer.status).toBe(200);
}
async function makeTemplates(projectId: number, names: readonly string[]): Promise<number[]> {
  const path = `/api/v2/projects/${projectId}/products`;
  const product = await anna.request('POST', path, { name: `BAL cells ${projectId}` });
  const ids: number[] = [];
  for (const name of names)
    ids.push(
      (
        await anna.request('POST', `${path}/${product.body.id}/templates`, {
          name,
          kind: 'box',
          defaultWidth: 20,
          defaultHeight: 20,
        })
      ).body.id,
    );
  return ids;
}
const thsOf = (grades: readonly number[]): number =>
  (100 * grades.reduce((sum, grade) => sum + grade, 0)) / grades.length;
const side = (page: Page) => page.locator('[data-contribution="eiph-score:side"]');
const border = (page: Page) => page.locator('[data-contribution="eiph-score:border"]');
const row = (page: Page, key: string) => side(page).getByTestId(`eiph-row-${key}`);
const shownThs = async (page: Page, key: string): Promise<number> =>
  Number(await row(page, key).getAttribute('data-ths'));
/** What anybody would count in the view that the panel names. */
function expectedIn(text: string | null, inclusion: 'centre' | 'whole' = 'centre'): string {
  const [minX = 0, minY = 0, maxX = 0, maxY = 0] = (text ?? '').split(',').map(Number);
  const counts = [0, 0, 0, 0, 0];
  for (const { x, y, grade } of cells) {
    const [cx, cy] = [x + 10.5, y + 10.5]; // the middle of the pixel that holds the centre
    const isWhole = x >= minX && x + 20 <= maxX && y >= minY && y + 20 <= maxY;
    const isCentre = cx >= minX && cx < maxX && cy >= minY && cy < maxY;
    if (inclusion === 'whole' ? isWhole : isCentre) counts[grade]! += 1;
  }
  return counts.join(' ');
}
async function openImage(page: Page, imageId = world.imageId): Promise<void> {
  await page.goto(`/images/${imageId}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor();
}
const seriousFaults = async (page: Page, within: string): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page }).include(`[data-contribution="${within}"]`).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};
const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['EXACT_PICTURES'];
  if (folder) await page.screenshot({ path: `${folder}/eiph-${name}.png` });
};

describe('the panel', () => {
  it('comes and goes as the plugin is switched, and counts just the cells in view while the view moves', async () => {
    const { page, context, complaints } = await world.open('anna');
    await openImage(page);
    expect(await side(page).count()).toBe(0);
    await world.kernel.enable(world.projectId, 'eiph-score', true);
    await row(page, 'slide').filter({ hasText: '240' }).waitFor();
    expect(await shownThs(page, 'slide')).toBeCloseTo(thsOf(cells.map(({ grade }) => grade)), 9);
    await row(page, 'set').filter({ hasText: '240' }).waitFor();
    expect(await shownThs(page, `who-${anna.principal.userId}`)).toBeCloseTo(await shownThs(page, 'slide'), 9);
    await row(page, 'slide').click();
    await side(page).getByText('1 annotation has a class without a grade').waitFor();

    // in, and to the side: the counts are those of the view that stands there, each time
    const stage = await page.getByTestId('canvas').boundingBox();
    const [x, y] = [stage!.x + stage!.width / 2, stage!.y + stage!.height / 2];
    await row(page, 'view').click();
    await page.mouse.move(x, y);
    const seen = new Set<string>();
    for (const [dx, dy] of [
      [0, 0],
      [180, 60],
      [-260, 120],
      [40, -300],
    ] as const) {
      await page.mouse.wheel(0, -240);
      await page.mouse.down({ button: 'middle' });
      await page.mouse.move(x + dx, y + dy, { steps: 5 });
      await page.mouse.up({ button: 'middle' });
      await page.mouse.move(x, y);
      await expect
        .poll(async () => {
          const view = row(page, 'view');
          const [counts, place] = await view.evaluate((one) => [one.dataset['counts'], one.dataset['box']]);
          seen.add(String(place));
          return counts === expectedIn(place ?? null);
        })
        .toBe(true);
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(await seriousFaults(page, 'eiph-score:side')).toEqual([]);

    await world.kernel.enable(world.projectId, 'eiph-score', false);
    await side(page).waitFor({ state: 'detached' });
    await world.kernel.enable(world.projectId, 'eiph-score', true);
    await row(page, 'view').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('explains a region by its cells, goes to one of them, and draws heat in micrometres', async () => {
    await world.kernel.enable(world.projectId, 'eiph-score', true);
    const { page, context, complaints } = await world.open('anna');
    await openImage(page);
    await row(page, 'slide').waitFor();
    await side(page).getByTestId('eiph-pick').click();
    const stage = await page.getByTestId('canvas').boundingBox();
    const [x, y] = [stage!.x + stage!.width / 2, stage!.y + stage!.height / 2];
    await page.mouse.move(x - 90, y - 90);
    await page.mouse.down();
    await page.mouse.move(x + 90, y + 90, { steps: 4 });
    await page.mouse.up();
    await row(page, 'region').waitFor();
    expect(await row(page, 'region').getAttribute('aria-checked')).toBe('true');
    await side(page).getByTestId('eiph-explain').click();
    const list = side(page).getByTestId('eiph-cells');
    const inRegion = (await row(page, 'region').getAttribute('data-counts'))!.split(' ').map(Number);
    const total = inRegion.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(5);
    await expect.poll(() => list.locator('li').count()).toBe(Math.min(100, total));
    const grade = inRegion.findIndex((count) => count > 0 && count < total);
    await list.getByRole('button', { name: String(grade), exact: true }).click();
    await expect.poll(() => list.locator('li').count()).toBe(inRegion[grade]);
    await list.locator('li button').first().click();
    await list.locator('li button[aria-current=true]').waitFor();

    await side(page).getByTestId('eiph-heat').click();
    await side(page).getByLabel('Window (µm)').waitFor();
    await side(page).getByText('Windows of 1,002 px').waitFor(); // 500 µm at 0.499 µm a pixel
    await picture(page, 'panel');
    expect(await seriousFaults(page, 'eiph-score:side')).toEqual([]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('counts only cells that are wholly in view where the project is set so, as the server does', async () => {
    const set = (settings: object) =>
      anna.request('PUT', `/api/v2/projects/${world.projectId}/plugins/eiph-score`, { enabled: true, settings });
    expect((await set({ inclusion: 'whole' })).status).toBe(200);
    const { page, context, complaints } = await world.open('anna');
    await openImage(page);
    await row(page, 'view').waitFor();
    const stage = await page.getByTestId('canvas').boundingBox();
    await page.mouse.move(stage!.x + stage!.width / 2, stage!.y + stage!.height / 2);
    await page.mouse.wheel(0, -360);
    await expect
      .poll(async () => {
        const [counts, place] = await row(page, 'view').evaluate((one) => [one.dataset['counts'], one.dataset['box']]);
        return counts === expectedIn(place ?? null, 'whole');
      })
      .toBe(true);
    await side(page).getByText('A cell counts only where all of it lies inside.').waitFor();
    await set({});
    await side(page).getByText('A cell counts where its centre lies inside.').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('says in words what it cannot tell: no cells, too few, no scale, no grades', async () => {
    const bare = await world.kernel.project({ anna: 'manager', vera: 'viewer' });
    await world.kernel.enable(bare.id, 'eiph-score', true);
    const image = await world.kernel.image(bare.imageSetId, anna, { name: 'grey.bmp', bytes: greyBmp(300) });
    const { page, context, complaints } = await world.open('anna');
    await openImage(page, image.id);
    await side(page).getByTestId('eiph-no-grades').waitFor();
    const ids = await makeTemplates(bare.id, ['0', '1', '2']);
    await side(page).getByTestId('eiph-none').waitFor();
    expect(await row(page, 'view').textContent()).toContain('not available');
    await draw(anna, [{ uuid: crypto.randomUUID(), templateId: ids[2], ...box(50, 50) }], image.id);
    await side(page).getByText('One cell only: no interval can be told.').waitFor();
    await side(page).getByText('Only 1 cell; at least 100 are asked for.').waitFor();
    await side(page).getByTestId('eiph-heat').click();
    await side(page).getByTestId('calibration-prompt').waitFor();
    expect(await side(page).getByLabel('Window (µm)').count()).toBe(0);
    await side(page).getByTestId('calibration-mpp').locator('input').fill('0.25');
    await side(page).getByTestId('calibration-save').click();
    await side(page).getByText('Windows of 2,000 px').waitFor();
    expect(await side(page).innerText()).not.toMatch(/NaN|undefined|null/);
    expect(complaints.list).toEqual([]);
    await context.close();
  });
});

describe('the border queue', () => {
  const near = (score: number): number => Math.min(...[0.5, 1.5, 2.5, 3.5].map((cut) => Math.abs(score - cut)));

  it('is gone through by keyboard: kept cells are verified, moved ones have another class and the same score', async () => {
    await world.kernel.enable(world.projectId, 'eiph-score', true);
    const { page, context, complaints } = await world.open('ben');
    await openImage(page);
    await row(page, 'slide').waitFor();
    await page.keyboard.press('Shift+G');
    const panel = border(page).getByTestId('eiph-border');
    await border(page).locator('[data-testid=eiph-border][data-current]').waitFor();
    const wanted = cells.filter(({ score }) => near(score) <= 0.1 + 1e-9);
    await border(page).getByText(`1 of ${wanted.length}`).waitFor();
    const first = (await panel.getAttribute('data-current'))!;
    expect(near(cells.find(({ uuid }) => uuid === first)!.score)).toBe(
      Math.min(...wanted.map(({ score }) => near(score))),
    );
    await picture(page, 'border');
    await expect.poll(() => selected(page)).toBe(true);
    await page.keyboard.press('j');
    await border(page).locator(`[data-testid=eiph-border]:not([data-current="${first}"])`).waitFor();
    const second = (await panel.getAttribute('data-current'))!;
    const before = cells.find(({ uuid }) => uuid === second)!;
    await expect.poll(() => selected(page)).toBe(true);
    await page.keyboard.press('k');
    await border(page).locator(`[data-testid=eiph-border]:not([data-current="${second}"])`).waitFor();
    await expect.poll(async () => (await stored(first)).verification?.verdict).toBe('accepted');
    await expect.poll(async () => (await stored(second)).verification?.verdict).toBe('accepted');
    const moved = await stored(second);
    expect(moved.meta).toEqual({ score: before.score });
    expect(Math.abs(templates.indexOf(moved.templateId) - before.grade)).toBe(1);
    expect((await stored(first)).templateId).toBe(templates[cells.find(({ uuid }) => uuid === first)!.grade]);
    await page.keyboard.press('q');
    await border(page).getByTestId('eiph-border-start').click();
    await border(page)
      .getByText(`1 of ${wanted.length - 2}`)
      .waitFor();
    expect(await seriousFaults(page, 'eiph-score:border')).toEqual([]);
    expect(complaints.list).toEqual([]);
    before.grade = templates.indexOf(moved.templateId);
    await context.close();
  });

  const selected = async (page: Page): Promise<boolean> =>
    (await page.locator('[data-contribution="eiph-score:border"] [aria-current=true]').count()) === 1 &&
    !(await border(page).getByTestId('eiph-border-note').count());
  const stored = async (uuid: string) => (await anna.request('GET', `/api/v2/annotations/${uuid}`)).body;
});

describe('the page of the project', () => {
  it('has scores by image, set and reader with a file, and managers correct the grades of classes there', async () => {
    await world.kernel.enable(world.projectId, 'eiph-score', true);
    const { page, context, complaints } = await world.open('anna', { scheme: 'light' });
    await page.goto(`/projects/${world.projectId}/eiph-score:page`);
    const frame = page.locator('[data-contribution="eiph-score:page"]');
    const ths = (): Promise<number> => frame.locator('tbody tr').first().getAttribute('data-ths').then(Number);
    await frame.locator('tbody tr').first().waitFor();
    expect(await ths()).toBeCloseTo(thsOf(cells.map(({ grade }) => grade)), 9);
    await frame.getByTestId('eiph-by-readers').click();
    await frame.getByRole('rowheader', { name: 'anna' }).waitFor();
    await picture(page, 'page');
    expect(await frame.getByTestId('eiph-without').textContent()).toContain('Epithelium');
    const [download] = await Promise.all([page.waitForEvent('download'), frame.getByTestId('eiph-csv').click()]);
    const csv = readFileSync(await download.path(), 'utf8');
    expect(csv).toMatch(/^table,image_set,image,reader/);
    expect(csv).toMatch(
      new RegExp(`^reader,,,anna,,.*,240,${thsOf(cells.map(({ grade }) => grade)).toFixed(2)},`, 'm'),
    );

    await frame.getByLabel('Grade of 4').selectOption('none');
    await expect.poll(ths).toBeCloseTo(thsOf(cells.map(({ grade }) => grade).filter((grade) => grade < 4)), 9);
    await frame.getByTestId('eiph-missing').waitFor();
    await frame.getByLabel('Grade of 4').selectOption('');
    await expect.poll(ths).toBeCloseTo(thsOf(cells.map(({ grade }) => grade)), 9);
    expect(await seriousFaults(page, 'eiph-score:page')).toEqual([]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });
});

const IMAGE = 'annotated/eiph/24_EIPH_576255 Turnbull blue.png';
const EXPORTS = [3, 5].map(
  (n) => `annotated/eiph/exact-export/export_[First Round] EIPH_LabelStudy_Participant_${n}.txt`,
);
describeWithData('what two experts of EXACT’s study have drawn', [IMAGE, ...EXPORTS], (image, ...files) => {
  /** Grades by the lines of the export: no code of the platform reads them here. */
  const gradesIn = (file: string): number[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split('|'))
      .filter((parts) => parts[0] === basename(image ?? '') && parts[8] === 'False' && /^[0-4]$/.test(parts[1] ?? ''))
      .map((parts) => Number(parts[1]));

  it('has the score that their text files give, for each of them and for both', async () => {
    const { kernel } = world;
    const experts = ['participant_3', 'participant_5'];
    for (const name of experts) await kernel.person(name);
    const project = await kernel.project({
      anna: 'manager',
      ...Object.fromEntries(experts.map((name) => [name, 'annotator' as const])),
    });
    for (const id of ['eiph-score', 'annotation-import']) await kernel.enable(project.id, id, true);
    const bytes = readFileSync(image ?? '');
    const { id } = await kernel.image(project.imageSetId, anna, { name: basename(image ?? ''), bytes });
    await makeTemplates(project.id, ['0', '1', '2', '3', '4']);
    const cellsOf = importAs(kernel, project.id, anna);
    for (const [i, file] of files.entries()) {
      const read = await cellsOf.read(basename(file), readFileSync(file));
      const { userId } = (await kernel.person(experts[i] ?? '')).principal;
      const mapping = await cellsOf.suggested(read.id, { author: { by: 'one', userId }, leaveOut: true });
      expect((await cellsOf.apply((await cellsOf.count(read.id, mapping)).id)).state).toBe('applied');
    }
    const { page, context, complaints } = await world.open('anna');
    await openImage(page, id);
    const all = files.map(gradesIn);
    expect(all.map((grades) => grades.length).every((count) => count > 5)).toBe(true);
    await expect.poll(() => shownThs(page, 'slide')).toBeCloseTo(thsOf(all.flat()), 9);
    for (const [i, name] of experts.entries()) {
      const { userId } = (await kernel.person(name)).principal;
      await expect.poll(() => shownThs(page, `who-${userId}`)).toBeCloseTo(thsOf(all[i] ?? []), 9);
    }
    await picture(page, 'experts');
    expect(complaints.list).toEqual([]);
    await context.close();
  });
});

/** A grey square as BMP: no encoder, and no scale. */
function greyBmp(size: number): Uint8Array {
  const pixels = size * size * 3; // rows of 900 bytes need no padding
  const file = Buffer.alloc(54 + pixels, 0x80);
  file.fill(0, 0, 54);
  file.write('BM');
  for (const [at, value] of [
    [2, 54 + pixels],
    [10, 54],
    [14, 40],
    [18, size],
    [22, size],
    [34, pixels],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}
