import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAs } from '../../plugins/annotation-import/src/server/import.testing.ts';
import { bmp } from '../../plugins/cell-scores/src/server/bmp.testing.ts';
import { describeWithData } from '../data.ts';
import { readBoxes } from '../import/agreement-by-hand.testing.ts';
import { createRandom } from '../load/random.ts';
import { makeWorld, type World } from './world.ts';

// Both scores by the pages, on a real slide and on what experts have annotated in EXACT, against numbers computed here by plain code.

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world?.close());

const PICTURES = process.env['EXACT_PICTURES'];
const ready = (page: Page): Promise<void> =>
  page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
const differentialOf = (page: Page): Locator => page.getByTestId('differential');
const mitoticOf = (page: Page): Locator => page.getByTestId('mitotic');
const is = (locator: Locator, name: string, value: string | number, timeout = 20_000): Promise<unknown> =>
  expect.poll(() => locator.getAttribute(`data-${name}`), { timeout }).toBe(String(value));
async function seriousFaults(page: Page, place: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).include(`[data-contribution="${place}"]`).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
async function tell(method: string, path: string, body?: unknown) {
  const anna = await world.kernel.person('anna');
  const answer = await anna.request(method, `/api/v2${path}`, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}
const set = (projectId: number, settings: object) =>
  tell('PUT', `/projects/${projectId}/plugins/cell-scores`, { settings });

/** Wilson's interval as the two solutions of its defining equation, (p − x)² = z² x(1 − x) / n, in per cent. */
function wilsonByHand(count: number, total: number): [number, number] {
  const [p, zz] = [count / total, 1.959963984540054 ** 2 / total];
  const [a, b, c] = [1 + zz, -(2 * p + zz), p * p];
  const root = Math.sqrt(b * b - 4 * a * c);
  return [(100 * (-b - root)) / (2 * a), (100 * (-b + root)) / (2 * a)];
}

describe('the mitotic count', () => {
  const SIZE = { width: 2220, height: 2967 };
  /** One field of 0.237 mm²: the slide is smaller than the window of 2.37 mm². */
  const AREA = 0.237;
  const MPP = 0.5;
  const WINDOW = { width: Math.sqrt((AREA * 4) / 3) * (1000 / MPP), height: Math.sqrt((AREA * 3) / 4) * (1000 / MPP) };
  const random = createRandom(21);
  const figures = Array.from({ length: 40 }, () => ({
    x: Math.floor(700 + random() * 900), // where the tissue is
    y: Math.floor(300 + random() * 2400),
  }));
  let templates: { figure: number; lookAlike: number };

  beforeAll(async () => {
    const [product] = await tell('GET', `/projects/${world.projectId}/products`);
    const make = async (name: string): Promise<number> =>
      (
        await tell('POST', `/projects/${world.projectId}/products/${product.id}/templates`, {
          ...{ name, kind: 'box', defaultWidth: 50, defaultHeight: 50, colour: '#D55E00' },
        })
      ).id;
    templates = { figure: await make('mitotic figure'), lookAlike: await make('mitosis look-alike') };
    const box =
      (templateId: number) =>
      ({ x, y }: { x: number; y: number }) => ({
        ...{ uuid: crypto.randomUUID(), templateId },
        geometry: { kind: 'box', x: x - 25, y: y - 25, width: 50, height: 50 },
      });
    await tell('POST', `/images/${world.imageId}/annotations/changes`, {
      changeId: crypto.randomUUID(),
      create: [
        ...figures.map(box(templates.figure)),
        ...figures.slice(0, 12).map(({ x, y }) => box(templates.lookAlike)({ x: x + 60, y: y + 10 })),
      ],
    });
  });

  const countAt = (left: number, top: number, { width, height } = WINDOW): number =>
    figures.filter(({ x, y }) => x + 0.5 >= left && x + 0.5 < left + width && y + 0.5 >= top && y + 0.5 < top + height)
      .length;
  /** Every place of the rule: evenly from border to border, no further apart than a sixteenth of the window. */
  function hotSpotByHand(): number {
    const places = (length: number, window: number): number[] => {
      const steps = Math.ceil(((length - window) * 16) / window);
      return Array.from({ length: steps + 1 }, (_, i) => ((length - window) * i) / steps);
    };
    const counts = places(SIZE.height, WINDOW.height).flatMap((top) =>
      places(SIZE.width, WINDOW.width).map((left) => countAt(left, top)),
    );
    return Math.max(...counts);
  }
  const windowOf = async (page: Page) => {
    const [x = 0, y = 0, width = 0, height = 0] = ((await mitoticOf(page).getAttribute('data-window')) ?? '')
      .split(' ')
      .map(Number);
    return { x, y, width, height };
  };

  it('comes and goes with the plugin, asks for a scale, and shows the hot spot as soon as there is one', async () => {
    await tell('PATCH', `/images/${world.imageId}`, { mppX: null, mppY: null });
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/images/${world.imageId}`);
    await ready(page);
    const frame = page.locator('[data-contribution="cell-scores:mitotic"]');
    expect(await frame.count()).toBe(0);
    await world.kernel.enable(world.projectId, 'cell-scores', true);
    await frame.waitFor();
    await page.getByTestId('mitotic-no-scale').waitFor();
    expect(await mitoticOf(page).getAttribute('data-count')).toBe('');
    await set(world.projectId, { areaMm2: AREA, minimumTissue: 0 });
    await frame.getByTestId('calibration-mpp').waitFor();
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/no-scale.png` });
    await frame.getByTestId('calibration-mpp').locator('input').fill(String(MPP));
    await frame.getByTestId('calibration-save').click();

    await is(mitoticOf(page), 'count', hotSpotByHand());
    await is(mitoticOf(page), 'site', 'hot-spot');
    const shown = await windowOf(page);
    expect(countAt(shown.x, shown.y)).toBe(hotSpotByHand());
    expect([shown.width, shown.height]).toEqual([WINDOW.width, WINDOW.height].map((n) => expect.closeTo(n, 1)));
    const { mitotic } = await tell(
      'GET',
      `/projects/${world.projectId}/plugins/cell-scores/images/${world.imageId}/mitotic-count`,
    );
    expect(mitotic).toMatchObject({ count: hotSpotByHand(), isConverted: false });
    expect([mitotic.window.x, mitotic.window.y]).toEqual([shown.x, shown.y].map((n) => expect.closeTo(n, 1)));
    expect(await page.getByTestId('mitotic-figure').count()).toBe(hotSpotByHand());
    expect(await page.getByTestId('mitotic-look-alikes').textContent()).toBe(String(mitotic.lookAlikes));

    await world.kernel.enable(world.projectId, 'cell-scores', false);
    await frame.waitFor({ state: 'detached' });
    await world.kernel.enable(world.projectId, 'cell-scores', true);
    await is(mitoticOf(page), 'count', hotSpotByHand());
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('follows the view, steps, a box that is drawn, and every change of the annotations', async () => {
    await set(world.projectId, { areaMm2: AREA, minimumTissue: 0.5, cutOff: 3 });
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/images/${world.imageId}`);
    await ready(page);
    const panel = mitoticOf(page);
    await panel.getByTestId('mitotic-to-hot-spot').click();
    await is(panel, 'site', 'hot-spot');
    await panel.getByTestId('mitotic-cut-off').waitFor();
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/mitotic.png` });
    await panel.getByLabel('Show tissue').check();
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/tissue.png` });
    await panel.getByLabel('Show tissue').uncheck();

    // with the view: its middle is the middle of the window, and the count is that of the place at each moment
    await panel.getByTestId('mitotic-follow').click();
    await is(panel, 'site', 'by-hand');
    const before = await windowOf(page);
    await page.getByTestId('canvas').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await windowOf(page)).y).not.toBe(before.y);
    await expect
      .poll(async () => {
        const now = await windowOf(page);
        return Number(await panel.getAttribute('data-count')) - countAt(now.x, now.y, now);
      })
      .toBe(0);
    await panel.getByTestId('mitotic-follow').click();
    await panel.getByTestId('mitotic-hot-spot').waitFor();

    // by a sixteenth
    const at = await windowOf(page);
    await panel.getByTestId('mitotic-left').click();
    await expect.poll(async () => (await windowOf(page)).x).toBeCloseTo(at.x - WINDOW.width / 16, 0);

    // it is there again in another browser
    const moved = await windowOf(page);
    await expect
      .poll(async () => {
        const path = `/projects/${world.projectId}/plugins/cell-scores/documents/window:${world.imageId}`;
        return (await tell('GET', path)).value?.x;
      })
      .toBeCloseTo(moved.x, 0);
    const second = await world.open('anna');
    await second.page.goto(`/images/${world.imageId}`);
    await is(mitoticOf(second.page), 'site', 'by-hand');
    expect((await windowOf(second.page)).x).toBeCloseTo(moved.x, 0);
    await second.context.close();

    // an area of one's own is converted, and said to be
    await page.keyboard.press('Home');
    await panel.getByTestId('mitotic-area').click();
    await page.getByTestId('pick-hint').waitFor();
    const canvas = await page.getByTestId('canvas').boundingBox();
    const [x, y] = [(canvas?.x ?? 0) + (canvas?.width ?? 0) / 2, (canvas?.y ?? 0) + (canvas?.height ?? 0) / 2];
    await page.mouse.move(x - 60, y - 60);
    await page.mouse.down();
    await page.mouse.move(x + 80, y + 90, { steps: 5 });
    await page.mouse.up();
    await panel.getByTestId('mitotic-converted').waitFor();
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/own-area.png` });
    const own = await windowOf(page);
    await is(panel, 'count', countAt(own.x, own.y, own));

    // another figure of somebody else in the window counts at once
    const counted = Number(await panel.getAttribute('data-count'));
    const ben = await world.kernel.person('ben');
    const uuid = crypto.randomUUID();
    await ben.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
      changeId: crypto.randomUUID(),
      create: [
        {
          ...{ uuid, templateId: templates.figure },
          geometry: { kind: 'box', x: own.x + 40, y: own.y + 40, width: 20, height: 20 },
        },
      ],
    });
    await is(panel, 'count', counted + 1);
    // and nothing once it is rejected
    await tell('POST', `/images/${world.imageId}/annotations/changes`, {
      changeId: crypto.randomUUID(),
      verify: [{ uuid, revision: 1, verdict: 'rejected' }],
    });
    await is(panel, 'count', counted);
    await panel.getByTestId('mitotic-figure').first().focus();
    await panel.getByTestId('mitotic-to-hot-spot').click();
    await is(panel, 'count', hotSpotByHand());
    expect(await seriousFaults(page, 'cell-scores:mitotic')).toEqual([]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('says in words what is not there: no class, too small a slide, no tissue', async () => {
    const { page, context, complaints } = await world.open('anna', { scheme: 'light' });
    await set(world.projectId, { mitoses: { [templates.figure]: 'none' } });
    await page.goto(`/images/${world.imageId}`);
    await ready(page);
    await mitoticOf(page).getByText('No template stands for mitotic figures').waitFor();
    // 1.1 mm are less than the window of 2.37 mm² is wide: it is cut to the slide, and its count converted
    await set(world.projectId, { minimumTissue: 0.1 });
    await mitoticOf(page).getByText('The image is smaller than the window.').waitFor();
    const cut = await windowOf(page);
    expect([cut.x, cut.width, cut.height]).toEqual([
      0,
      SIZE.width,
      expect.closeTo((1000 / MPP) * Math.sqrt(2.37 * 0.75), 1),
    ]);
    await is(mitoticOf(page), 'count', countAt(cut.x, cut.y, cut));
    await mitoticOf(page).getByTestId('mitotic-converted').waitFor();
    const empty = await world.kernel.image(world.imageSetId, await world.kernel.person('anna'), {
      name: 'glass.bmp',
      bytes: bmp({ width: 300, height: 200 }, () => [244, 244, 246]),
    });
    await tell('PATCH', `/images/${empty.id}`, { mppX: 20, mppY: 20 });
    await page.goto(`/images/${empty.id}`);
    await is(mitoticOf(page), 'reason', 'no-tissue');
    await is(differentialOf(page), 'reason', 'no-class');
    expect(await page.getByTestId('side').textContent()).not.toMatch(/NaN|Infinity|undefined/);
    expect(complaints.list).toEqual([]);
    await context.close();
  });
});

const folder = 'annotated/asthma';
const exports = [3, 5, 9].map(
  (n) => `${folder}/exact-export/export_[First Round] Asthma_LabelStudy_Participant_${n}.txt`,
);
describeWithData('the differential cell count of EXACT’s asthma study', [folder, ...exports], (images, ...files) => {
  const CLASSES = {
    macrophage: 'Makrophagen',
    lymphocyte: 'Lymohozyten',
    neutrophil: 'Neutrophile',
    mastCell: 'Mastzellen',
    eosinophil: 'Eosinophile',
  };
  const readers = ['participant_3', 'participant_5', 'participant_9'];
  let project: { readonly id: number; readonly imageSetId: number };
  const imageIds = new Map<string, number>();
  const marked = files.flatMap((file, reader) => readBoxes(file).map((box) => ({ ...box, reader })));
  /** What the text files say: cells by class, of some pictures and readers. */
  function byHand(take: (one: (typeof marked)[number]) => boolean) {
    const own = marked.filter((one) => imageIds.has(one.image) && take(one));
    return Object.fromEntries(
      Object.entries(CLASSES).map(([name, label]) => {
        const count = own.filter((one) => one.label === label).length;
        const [low, high] = wilsonByHand(count, own.length);
        return [name, { count, share: (100 * count) / own.length, low, high }];
      }),
    );
  }
  const close = (numbers: ReturnType<typeof byHand>) =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, one]) => [
        name,
        Object.fromEntries(Object.entries(one).map(([key, value]) => [key, expect.closeTo(value, 6)])),
      ]),
    );

  beforeAll(async () => {
    const { kernel } = world;
    const anna = await kernel.person('anna');
    for (const name of readers) await kernel.person(name);
    project = await kernel.project({
      anna: 'manager',
      ...Object.fromEntries(readers.map((name) => [name, 'annotator' as const])),
    });
    for (const id of ['cell-scores', 'annotation-import']) await kernel.enable(project.id, id, true);
    await tell('PATCH', `/projects/${project.id}`, { collaboration: 'blind' });
    for (const name of readdirSync(images).filter((file) => file.endsWith('.tiff'))) {
      const { id } = await kernel.image(project.imageSetId, anna, { name, bytes: readFileSync(join(images, name)) });
      imageIds.set(name.replace(/\.\w+$/, ''), id);
    }
    const product = await tell('POST', `/projects/${project.id}/products`, { name: 'Cells of the lung' });
    // templates as the import of a real project makes them: by the labels of the files
    for (const name of new Set(marked.map(({ label }) => label)))
      await tell('POST', `/projects/${project.id}/products/${product.id}/templates`, { name, kind: 'box' });
    const cells = importAs(kernel, project.id, anna);
    for (const [i, file] of files.entries()) {
      const read = await cells.read(basename(file), readFileSync(file));
      const { userId } = (await kernel.person(readers[i] ?? '')).principal;
      const plan = await cells.count(
        read.id,
        await cells.suggested(read.id, { author: { by: 'one', userId }, leaveOut: true }),
      );
      expect((await cells.apply(plan.id)).state).toBe('applied');
    }
  }, 240_000);

  const most = (): string =>
    [...imageIds.keys()].reduce((best, name) =>
      marked.filter(({ image }) => image === name).length > marked.filter(({ image }) => image === best).length
        ? name
        : best,
    );

  it('is in the viewer what the text files say, of the slide, the view and a region, for each reader their own', async () => {
    const image = most();
    for (const [i, who] of ['anna', ...readers].entries()) {
      const { page, context, complaints } = await world.open(who, { scheme: i === 0 ? 'light' : 'dark' });
      await page.goto(`/images/${imageIds.get(image)}`);
      await ready(page);
      const isOwn = (one: (typeof marked)[number]): boolean =>
        one.image === image && (who === 'anna' || readers[one.reader] === who);
      const expected = byHand(isOwn);
      const cells = Object.values(expected).reduce((sum, { count }) => sum + count, 0);
      const panel = differentialOf(page);
      await is(panel, 'cells', cells);
      for (const [name, { count }] of Object.entries(expected))
        expect(await panel.getByTestId(`class-${name}`).getAttribute('data-count'), name).toBe(String(count));
      expect(await panel.getByTestId('few-cells').isVisible()).toBe(true);
      if (who === 'anna') {
        const first = Object.values(expected)[0];
        const row = await panel.getByTestId('class-macrophage').textContent();
        expect(row).toContain(`${first?.share.toFixed(1)} %`);
        expect(row).toContain(`${first?.low.toFixed(1)}–${first?.high.toFixed(1)}`);
        await checkView(page, image);
        await checkRegion(page, image);
        await panel.getByTestId('differential-slide').click();
        await panel.getByRole('button', { name: 'Neutrophils' }).click();
        expect(await seriousFaults(page, 'cell-scores:differential')).toEqual([]);
        if (PICTURES) {
          await page.setViewportSize({ width: 1280, height: 1010 });
          await page.screenshot({ path: `${PICTURES}/differential.png` });
        }
      }
      expect(complaints.list).toEqual([]);
      await context.close();
    }
  });

  const inBox = (image: string, [left, top, right, bottom]: readonly number[]): number =>
    marked.filter(({ image: on, box: [x1, y1, x2, y2] }) => {
      const [x, y] = [Math.floor((x1 + x2) / 2) + 0.5, Math.floor((y1 + y2) / 2) + 0.5];
      return on === image && x >= left! && x < right! && y >= top! && y < bottom!; // `!`: four numbers
    }).length;

  async function checkView(page: Page, image: string): Promise<void> {
    await differentialOf(page).getByTestId('differential-view').click();
    await page.getByTestId('canvas').focus();
    for (let i = 0; i < 2; i++) await page.keyboard.press('+');
    await expect
      .poll(async () => {
        const [x = 0, y = 0, downsample = 0] = ((await page.getByTestId('canvas').getAttribute('data-view')) ?? '')
          .split(',')
          .map(Number);
        const size = await page.getByTestId('canvas').boundingBox();
        const [half, high] = [((size?.width ?? 0) * downsample) / 2, ((size?.height ?? 0) * downsample) / 2];
        const expected = inBox(image, [x - half, y - high, x + half, y + high]);
        return Number((await differentialOf(page).getAttribute('data-cells')) || 0) - expected;
      })
      .toBe(0);
  }

  async function checkRegion(page: Page, image: string): Promise<void> {
    const panel = differentialOf(page);
    await page.keyboard.press('Home');
    await panel.getByTestId('differential-region').click();
    await panel.getByText('Draw a region on the image to count in it.').waitFor();
    await panel.getByTestId('differential-pick').click();
    await page.getByTestId('pick-hint').waitFor();
    await page.getByTestId('pick-view').click();
    await expect.poll(() => panel.getAttribute('data-region')).not.toBe('');
    const region = ((await panel.getAttribute('data-region')) ?? '').split(' ').map(Number);
    expect(inBox(image, region)).toBeGreaterThan(0);
    await is(panel, 'cells', inBox(image, region));
  }

  it('is on the page of the project what the text files say, by image, reader, set and as CSV', async () => {
    const { page, context, complaints } = await world.open('anna', { scheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 1500 });
    await page.goto(`/projects/${project.id}/cell-scores:page`);
    const frame = page.locator('[data-contribution="cell-scores:page"]');
    await frame
      .getByTestId('score-row')
      .nth(imageIds.size - 1)
      .waitFor({ timeout: 60_000 });
    const base = `/projects/${project.id}/plugins/cell-scores`;

    const { images: items, summary } = await tell('GET', `${base}/scores/json`);
    for (const [name, imageId] of imageIds) {
      const item = items.find((one: { imageId: number }) => one.imageId === imageId);
      expect(item.differential.classes, name).toEqual(close(byHand(({ image }) => image === name)));
      for (const { authorId, differential } of item.who) {
        const people = await Promise.all(readers.map((reader) => world.kernel.person(reader)));
        const reader = people.findIndex(({ principal }) => principal.userId === authorId);
        expect(differential.classes).toEqual(close(byHand((one) => one.image === name && one.reader === reader)));
      }
    }
    expect(summary.all.differential.classes).toEqual(close(byHand(() => true)));
    const csv = (await tell('GET', `${base}/scores/csv?score=differential`)) as string;
    const eosinophils = byHand(() => true)['eosinophil'];
    expect(csv).toMatch(new RegExp(`\\r\\nproject,.*,${eosinophils?.count},${eosinophils?.share.toFixed(2)},`));
    const link = await page.request.get((await frame.getByTestId('page-csv').getAttribute('href')) ?? '');
    expect(await link.text()).toBe(csv);
    if (PICTURES) await frame.screenshot({ path: `${PICTURES}/cell-scores.png` });

    await choose(page, 'page-level', 'reader');
    await frame.getByRole('row', { name: /participant_9/ }).waitFor();
    const own = byHand(({ reader }) => reader === 2)['lymphocyte'];
    expect(await frame.getByRole('row', { name: /participant_9/ }).textContent()).toContain(
      `${own?.share.toFixed(1)} %`,
    );

    // what a template stands for is set by a click, and the numbers follow
    const mapping = frame.locator('tr', { hasText: 'Lymohozyten' });
    await mapping.getByTestId('mapping-cell').click();
    await page.getByRole('option', { name: 'Nothing', exact: true }).click();
    await frame.getByTestId('page-unmapped').filter({ hasText: 'Lymohozyten' }).waitFor();
    await expect
      .poll(() => frame.getByRole('row', { name: /participant_9/ }).textContent(), { timeout: 30_000 })
      .toContain('0.0 %');
    expect(await seriousFaults(page, 'cell-scores:page')).toEqual([]);
    await set(project.id, {});

    await frame.getByTestId('page-mitotic').click();
    await frame.getByTestId('page-no-class').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  async function choose(page: Page, testId: string, option: string): Promise<void> {
    await page.getByTestId(testId).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  }
});
