import { AxeBuilder } from '@axe-core/playwright';
import type { TestPerson } from '@exact/sdk/testing';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

/** The slide of the world, and how long a field has to be looked at in these tests. */
const SLIDE = { width: 2220, height: 2967, mpp: 0.499 };
const DWELL_MS = 150;

let world: World;
let anna: TestPerson;
let ben: TestPerson;

beforeAll(async () => {
  world = await makeWorld();
  anna = await world.kernel.person('anna');
  ben = await world.kernel.person('ben');
  await world.kernel.enable(world.projectId, 'screening', true);
});
afterAll(() => world?.close());

const ask = (who: TestPerson, path: string) =>
  who.request('GET', `/api/v2/projects/${world.projectId}/plugins/screening${path}`).then(({ body }) => body);

async function openImage(page: Page, imageId: number): Promise<void> {
  await page.goto(`/images/${imageId}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor();
  await page.locator('[data-testid=screening-new], [data-testid=screening-start]').first().waitFor();
}
const number = (page: Page, id: string, value: number): Promise<void> =>
  page.getByTestId(id).locator('input').fill(String(value));
async function makePlan(page: Page, name: string): Promise<string> {
  await page.getByTestId('screening-name').locator('input').fill(name);
  await number(page, 'screening-dwell', DWELL_MS);
  await page.getByTestId('screening-make').click();
  await page.getByTestId('screening-start').waitFor();
  return (await page.getByTestId('screening-side').getAttribute('data-plan')) ?? '';
}
/** Waits until the field at hand counts. @returns its index */
async function look(page: Page, after?: number): Promise<number> {
  const other = after === undefined ? '' : `:not([data-field="${after}"])`;
  const here = page.locator(`[data-testid=screening-here][data-seen]${other}`);
  await here.waitFor();
  return Number(await here.getAttribute('data-field'));
}
const allSent = (page: Page): Promise<void> => page.locator('[data-testid=screening-side][data-unsent="0"]').waitFor();

interface Box {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** D4, written down once more: where fields begin on a length. */
function startsOf(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [0];
  const step = size * (1 - overlap);
  const count = Math.ceil((length - size) / step) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(Math.round(i * step), length - size));
}
/** Fields by index: row by row, every second row from the right. */
function boxesOf(fieldWidth: number, fieldHeight: number, overlap: number): Box[] {
  const xs = startsOf(SLIDE.width, fieldWidth, overlap);
  return startsOf(SLIDE.height, fieldHeight, overlap).flatMap((y, row) =>
    (row % 2 === 0 ? xs : xs.toReversed()).map((x) => ({
      ...{ minX: x, minY: y, maxX: x + fieldWidth, maxY: y + fieldHeight },
    })),
  );
}
/** Area of a union of boxes: slab by slab between all their left and right edges. */
function unionArea(boxes: readonly Box[]): number {
  const edges = [...new Set(boxes.flatMap(({ minX, maxX }) => [minX, maxX]))].sort((a, b) => a - b);
  return edges.slice(0, -1).reduce((sum, from, i) => {
    const width = (edges[i + 1] ?? from) - from;
    const open = boxes.filter(({ minX, maxX }) => minX <= from && maxX >= from + width);
    let [height, until] = [0, -Infinity];
    for (const { minY, maxY } of open.toSorted((a, b) => a.minY - b.minY)) {
      height += Math.max(0, maxY - Math.max(minY, until));
      until = Math.max(until, maxY);
    }
    return sum + width * height;
  }, 0);
}
const clip = (a: Box, b: Box): Box => ({
  ...{ minX: Math.max(a.minX, b.minX), minY: Math.max(a.minY, b.minY) },
  ...{ maxX: Math.min(a.maxX, b.maxX), maxY: Math.min(a.maxY, b.maxY) },
});
const isThere = ({ minX, minY, maxX, maxY }: Box): boolean => maxX > minX && maxY > minY;
/** Tissue in a union of boxes, set pixel by set pixel of the mask. */
function tissueIn(mask: { bits: string; found: { width: number; height: number } }, boxes: readonly Box[]): number {
  const bytes = Buffer.from(mask.bits, 'base64');
  const { width, height } = mask.found;
  const [perX, perY] = [SLIDE.width / width, SLIDE.height / height];
  let area = 0;
  for (let i = 0; i < width * height; i++) {
    if (((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const cell = { minX: x * perX, minY: y * perY, maxX: (x + 1) * perX, maxY: (y + 1) * perY };
    const parts = boxes.map((box) => clip(box, cell)).filter(isThere);
    area += parts.length > 0 ? unionArea(parts) : 0;
  }
  return area;
}

describe('screening', () => {
  it('leads a reader by keys through every field with tissue once, goes on in another browser, and reports what a count from the log gives', async () => {
    const first = await world.open('ben');
    await openImage(first.page, world.imageId);
    await first.page.getByTestId('screening-new').click();
    await first.page.locator('[data-testid=screening-tissue][data-exact=true]').waitFor();
    await number(first.page, 'screening-least', 1);
    const planId = await makePlan(first.page, 'Whole slide at 20×');
    const plan = await ask(ben, `/plans/${planId}`);
    expect(plan).toMatchObject({ field: { by: 'magnification', magnification: 20 }, overlap: 0.15, dwellMs: DWELL_MS });
    expect(plan.toSee).toBeGreaterThanOrEqual(20);
    expect(plan.skipped.length).toBeGreaterThan(0);
    const boxes = boxesOf(plan.fieldWidth, plan.fieldHeight, plan.overlap);
    expect(plan.fields).toBe(boxes.length);

    // the reader's own log: which fields, in which order
    const log: number[] = [];
    let { page } = first;
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Shift+S');
    log.push(await look(page));
    const next = async (): Promise<void> => {
      await page.keyboard.press('n');
      log.push(await look(page, log.at(-1)));
    };
    while (log.length < plan.toSee / 2) await next();
    await page.keyboard.press('y');
    await page.getByTestId('screening-marks').waitFor();
    // the line is cut, and the page goes: what was seen meanwhile is sent by the next one
    await page.route('**/plugins/screening/plans/**', (route) => route.abort());
    await next();
    await next();
    await page.locator('[data-testid=screening-side]:not([data-unsent="0"])').waitFor();
    await page.goto('/account');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await openImage(page, world.imageId);
    await allSent(page);
    const half = await ask(ben, `/plans/${planId}/state`);
    expect(log.map((index) => half.states[index])).toEqual(log.map(() => '2'));
    expect(half).toMatchObject({ position: { field: log.at(-1) }, marks: [{ field: log.at(-3) }] });
    // cut lines are all that the browser may complain about
    expect(first.complaints.list.filter((line) => !/ERR_FAILED/.test(line))).toEqual([]);
    const crossing = log.at(-1);
    await first.context.close();

    const second = await world.open('ben');
    ({ page } = second);
    await openImage(page, world.imageId);
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Shift+S');
    expect(await look(page)).toBe(crossing);
    while (log.length < plan.toSee) await next();
    await page.keyboard.press('n');
    await page.getByTestId('screening-said').filter({ hasText: 'all your fields have been seen' }).waitFor();
    await allSent(page);
    expect(await page.getByTestId('screening-area').textContent()).toMatch(/^(99\.\d|100)% of the tissue seen/);

    const withTissue = boxes.flatMap((_, index) => (plan.skipped.includes(index) ? [] : [index]));
    expect(log).toEqual(withTissue);
    const { items } = await ask(ben, `/plans/${planId}/visits`);
    const isSeen = (visit: { share: number; dwellMs: number; downsample: number; marks: boolean }): boolean =>
      visit.marks && visit.share >= 0.95 && visit.dwellMs >= DWELL_MS && visit.downsample <= plan.downsample * 1.02;
    const seen: number[] = items.filter(isSeen).map(({ field }: { field: number }) => field);
    expect(new Set(seen)).toEqual(new Set(withTissue));
    // once each, but for the field at which the reader went from one browser to the other
    const twice = seen.filter((field, at) => seen.indexOf(field) !== at);
    expect(twice.filter((field) => field !== crossing)).toEqual([]);

    const report = await ask(ben, `/plans/${planId}/report`);
    const mask = (
      await ben.request(
        'GET',
        `/api/v2/projects/${world.projectId}/plugins/screening/images/${world.imageId}/tissue/${plan.tissueId}`,
      )
    ).body;
    const seenBoxes = withTissue.flatMap((index) => boxes[index] ?? []);
    const whole = { minX: 0, minY: 0, maxX: SLIDE.width, maxY: SLIDE.height };
    const [tissue, tissueSeen] = [tissueIn(mask, [whole]), tissueIn(mask, seenBoxes)];
    const [reader] = report.readers;
    expect(report.readers).toHaveLength(1);
    expect(reader).toMatchObject({ readerId: ben.principal.userId, unseen: 0, partial: 0, visits: items.length });
    expect(reader.seen + reader.revisited).toBe(plan.toSee);
    expect(reader.seenArea).toBe(unionArea(seenBoxes));
    expect(reader.seenAreaMm2).toBeCloseTo((unionArea(seenBoxes) * SLIDE.mpp ** 2) / 1e6, 6);
    expect(report.regionArea).toBe(SLIDE.width * SLIDE.height);
    expect(report.tissueArea / tissue).toBeCloseTo(1, 6);
    expect(reader.tissueSeen / tissueSeen).toBeCloseTo(1, 6);
    expect(reader.tissueMissed / (tissue - tissueSeen)).toBeCloseTo(1, 4);
    expect(reader.tissueSkipped).toBeCloseTo(reader.tissueMissed, 3);
    const stays = items.map((visit: { enteredAt: string; leftAt: string; field: number }) => ({
      ...{ minX: Date.parse(visit.enteredAt), maxX: Date.parse(visit.leftAt), minY: 0, maxY: 1 },
    }));
    expect(reader.activeMs).toBe(unionArea(stays));

    // the page says the same, and so do its files
    await page.getByTestId('screening-report').click();
    await page.getByTestId('screening-report-of').waitFor();
    const row = page.locator(`[data-testid=screening-readers-of] [data-reader="${ben.principal.userId}"]`);
    expect(await row.textContent()).toContain(`${plan.toSee} / ${plan.toSee}`);
    const csv = await page.request.get((await page.getByTestId('screening-csv').getAttribute('href')) ?? '');
    expect(await csv.text()).toContain(String(Math.round(reader.seenArea)));
    await page.waitForFunction(() => {
      const picture = document.querySelector<HTMLImageElement>('[data-testid=screening-report-of] img');
      return picture?.complete && picture.naturalWidth > 0;
    });
    expect(second.complaints.list).toEqual([]);
    await second.context.close();
  });

  it('takes each image as it is: without a scale, without tissue, smaller than a field', async () => {
    const blank = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#f4f2f3' } })
      .png()
      .toBuffer();
    const { id } = await world.kernel.image(world.imageSetId, anna, { name: 'blank.png', bytes: blank });
    const { page, complaints, context } = await world.open('ben');
    await openImage(page, id);
    await page.getByTestId('screening-new').click();
    await page.getByTestId('screening-no-scale').waitFor();
    expect(await page.getByTestId('screening-magnification').count()).toBe(0);
    await page.getByTestId('screening-problem').filter({ hasText: 'No field has enough tissue' }).waitFor();
    expect(await page.getByTestId('screening-make').isDisabled()).toBe(true);
    await page.getByTestId('screening-skip').locator('input').uncheck();
    await number(page, 'screening-width', 5000);
    await page.getByText('What is planned is no larger than one field.').waitFor();
    const planId = await makePlan(page, 'Blank');
    await page.getByTestId('screening-start').click();
    await look(page);
    await page.getByTestId('canvas').focus();
    // too far out, and turned askew: it says so, and does not count
    await page.keyboard.press(']');
    await page.getByTestId('screening-hindrance').filter({ hasText: 'turned by quarters' }).waitFor();
    await page.keyboard.press('\\');
    await look(page);
    await page.keyboard.press('n');
    await page.getByTestId('screening-said').waitFor();
    await allSent(page);
    expect(await ask(ben, `/plans/${planId}/report`)).toMatchObject({
      ...{ regionArea: 120_000, regionAreaMm2: null, tissueArea: null },
      together: { seenArea: 120_000, tissueShare: null, seenAreaMm2: null },
    });
    await page.getByTestId('screening-report').click();
    await page.getByTestId('screening-report-of').waitFor();
    expect(await page.getByTestId('screening-page').textContent()).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('shares fields out among readers, and lets a reader look at what is theirs', async () => {
    const manager = await world.open('anna');
    await openImage(manager.page, world.imageId);
    await manager.page.getByTestId('screening-new').click();
    await manager.page.locator('[data-testid=screening-tissue][data-exact=true]').waitFor();
    await manager.page.getByTestId('screening-for-all').locator('input').check();
    const planId = await makePlan(manager.page, 'For all');
    await manager.page.getByTestId('screening-share').click();
    await manager.page.getByTestId('screening-readers').click();
    for (const name of ['anna', 'ben']) await manager.page.getByRole('option', { name, exact: true }).click();
    await manager.page.keyboard.press('Escape');
    await manager.page.getByTestId('screening-share-out').click();
    await manager.page.getByTestId('screening-shared').waitFor();
    const { toSee } = await ask(anna, `/plans/${planId}`);
    const { assigned } = await ask(ben, `/plans/${planId}/state`);
    expect(Math.abs(assigned.length - toSee / 2)).toBeLessThanOrEqual(1);

    const { page, context } = await world.open('ben');
    await openImage(page, world.imageId);
    await page.getByTestId('screening-plan').click();
    await page.getByRole('option', { name: 'For all' }).click();
    await page.locator(`[data-testid=screening-side][data-plan="${planId}"][data-of="${assigned.length}"]`).waitFor();
    await page.getByTestId('screening-start').click();
    expect(await look(page)).toBe(assigned[0]);
    // to the neighbour and back; then there again without the field that is left counting
    const plan = await ask(ben, `/plans/${planId}`);
    const boxes = boxesOf(plan.fieldWidth, plan.fieldHeight, plan.overlap);
    const [from, to] = [boxes[assigned[0]], boxes[assigned[1]]];
    const [there, back, unmarked] =
      from?.minY !== to?.minY ? 'swk' : (to?.minX ?? 0) > (from?.minX ?? 0) ? 'dal' : 'adj';
    await page.getByTestId('canvas').focus();
    await page.keyboard.press(there ?? '');
    expect(await look(page, assigned[0])).toBe(assigned[1]);
    await page.keyboard.press(back ?? '');
    expect(await look(page, assigned[1])).toBe(assigned[0]);
    await page.keyboard.press(unmarked ?? '');
    expect(await look(page, assigned[0])).toBe(assigned[1]);
    await allSent(page);
    const { items: steps } = await ask(ben, `/plans/${planId}/visits`);
    const atFirst = steps.filter(
      (visit: { field: number; share: number }) => visit.field === assigned[0] && visit.share >= 0.95,
    );
    expect(atFirst.map((visit: { marks: boolean }) => visit.marks)).toEqual([true, false]);
    // a press in the overview goes to that field, where it is one's own; else the overview does what it always does
    const map = await page.getByTestId('navigator-sheet').boundingBox();
    const wanted = assigned.at(-1);
    const box = boxes[wanted] ?? { minX: 0, minY: 0, maxX: 0, maxY: 0 };
    await page.mouse.click(
      (map?.x ?? 0) + ((box.minX + box.maxX) / 2 / SLIDE.width) * (map?.width ?? 0),
      (map?.y ?? 0) + ((box.minY + box.maxY) / 2 / SLIDE.height) * (map?.height ?? 0),
    );
    await page.locator(`[data-testid=screening-here][data-field="${wanted}"]`).waitFor();
    await context.close();

    // another plan in its place: what was recorded stays
    await manager.page.getByTestId('screening-change').click();
    await number(manager.page, 'screening-overlap', 30);
    await manager.page.locator('[data-testid=screening-tissue][data-exact=true]').waitFor();
    await manager.page.getByTestId('screening-make').click();
    await manager.page.locator(`[data-testid=screening-side]:not([data-plan="${planId}"])`).waitFor();
    const old = await ask(anna, `/plans/${planId}/report`);
    expect(old.plan.supersededBy).not.toBeNull();
    expect(
      old.readers.find(({ readerId }: { readerId: number }) => readerId === ben.principal.userId).seen,
    ).toBeGreaterThan(0);
    await manager.page.goto(`/projects/${world.projectId}/screening:page`);
    await manager.page.getByTestId('screening-superseded').locator('input').check();
    await manager.page.locator(`[data-testid=screening-choose][data-plan="${planId}"]`).click();
    await manager.page.getByTestId('screening-report-of').filter({ hasText: 'For all' }).waitFor();
    expect(manager.complaints.list).toEqual([]);
    await manager.context.close();
  });

  it('comes and goes while people work, when a manager switches it', async () => {
    const { page, complaints, context } = await world.open('ben');
    await openImage(page, world.imageId);
    await page.getByTestId('screening-start').click();
    await look(page);
    await world.kernel.enable(world.projectId, 'screening', false);
    await page.getByTestId('screening-side').waitFor({ state: 'detached' });
    await page.getByTestId('screening-here').waitFor({ state: 'detached' });
    await page.getByTestId('canvas').focus();
    const before = await page.getByTestId('canvas').getAttribute('data-view');
    await page.keyboard.press('w'); // the wand again, no step up
    await page.getByTestId('wand-tolerance').waitFor();
    expect(await page.getByTestId('canvas').getAttribute('data-view')).toBe(before);
    await world.kernel.enable(world.projectId, 'screening', true);
    await page.getByTestId('screening-start').waitFor();
    await page.keyboard.press('Shift+S');
    await look(page);
    await allSent(page);
    // what was at hand when it was switched off is refused then, kept, and sent later
    expect(complaints.list.filter((line) => !/plugins\/screening/.test(line))).toEqual([]);
    await context.close();
  });

  it.each(['dark', 'light'] as const)('is accessible: form, way and page, %s', async (scheme) => {
    const { page, context } = await world.open('anna', { scheme });
    await page.addInitScript((theme) => localStorage.setItem('exact:theme', theme), scheme);
    const check = async (place: string): Promise<void> => {
      const axe = new AxeBuilder({ page }).include(place);
      if (scheme === 'light') axe.withRules(['color-contrast']); // all else is the same in both themes
      const { violations } = await axe.analyze();
      const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(bad.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    };
    await openImage(page, world.imageId);
    await page.getByTestId('screening-start').click();
    await look(page);
    await page.keyboard.press('y');
    await page.getByTestId('screening-marks').waitFor();
    await check('[data-testid=screening-side]');
    await check('[data-testid=screening-here]');
    await page.keyboard.press('y');
    await page.keyboard.press('Shift+S');
    await page.getByTestId('screening-share').click();
    await page.getByTestId('screening-shares').waitFor();
    await check('[data-testid=screening-side]');
    await page.getByTestId('screening-change').click();
    await page.getByTestId('screening-form').waitFor();
    await check('[data-testid=screening-form]');
    await page.goto(`/projects/${world.projectId}/screening:page`);
    await page.getByTestId('screening-report-of').waitFor();
    await check('[data-testid=screening-page]');
    await context.close();
  });
});
