import { randomUUID } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

// What plugins are given of the viewer, by a plugin that does nothing else: the map, boxes to be drawn, all centres, the scale.

const ENTRY = '/assets/plugins/toy/index.js';
const BUNDLE = `
import { computed, h, onScopeDispose, resolveComponent, shallowRef } from 'vue';
import { defineUiPlugin, useScale, useViewer } from '@exact/sdk/ui';
const Panel = {
  setup() {
    const viewer = useViewer();
    const scale = useScale();
    const { value: centres } = viewer.annotations.useCentres();
    const box = shallowRef('none');
    const presses = shallowRef([]);
    const overlay = viewer.navigator.addOverlay((canvas, toScreen) => {
      const [a, b] = [toScreen(0, 0), toScreen(viewer.image.value.width / 2, viewer.image.value.height / 2)];
      canvas.fillStyle = '#00ff00';
      canvas.fillRect(a.x, a.y, b.x - a.x, b.y - a.y);
    });
    onScopeDispose(overlay.dispose);
    onScopeDispose(viewer.navigator.onPress((x, y) => {
      presses.value = [...presses.value, [Math.round(x), Math.round(y)]];
      return x > viewer.image.value.width / 2;
    }));
    const pick = async () => { box.value = JSON.stringify(await viewer.pickBox('Draw the region that counts')) ?? 'nothing'; };
    const sum = computed(() => centres.value?.x.reduce((all, x) => all + x, 0));
    return () => h('div', { 'data-testid': 'toy', 'data-count': centres.value?.count, 'data-sum': sum.value,
      'data-box': box.value, 'data-presses': JSON.stringify(presses.value), 'data-scale': JSON.stringify(scale.value) ?? 'unknown' }, [
      h('button', { 'data-testid': 'toy-pick', onClick: pick }, 'Pick'),
      h(resolveComponent('CalibrationPrompt')),
    ]);
  },
};
export default defineUiPlugin({ panels: { 'toy:panel': async () => ({ default: Panel }) } });
`;

let world: World;

beforeAll(async () => {
  world = await makeWorld({
    extra: [
      {
        id: 'toy',
        manifest: {
          server: undefined,
          enabledByDefault: true,
          ui: { api: '^1.0.0', entry: 'dist/ui/index.js' },
          contributes: { panels: [{ id: 'toy:panel', slot: 'viewer.side', title: 'Toy', order: 1 }] },
        },
      },
    ],
  });
}, 120_000);
afterAll(() => world?.close());

async function open(username: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const { page, complaints } = await world.open(username);
  // The toy is no package that is built: its bundle comes from here.
  await page.route(`**${ENTRY}`, (route) => route.fulfill({ contentType: 'text/javascript', body: BUNDLE }));
  await page.route(/\/api\/v2\/projects\/\d+\/plugins$/, async (route) => {
    const response = await route.fetch();
    const plugins = (await response.json()) as { id: string }[];
    const json = plugins.map((plugin) => (plugin.id === 'toy' ? { ...plugin, uiEntry: ENTRY } : plugin));
    await route.fulfill({ response, json });
  });
  await page.goto(`/images/${world.imageId}?x=1110&y=1480&zoom=2`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  await page.getByTestId('toy').waitFor();
  return { page, complaints: complaints.list };
}
const told = (page: Page, what: string): Promise<string | null> => page.getByTestId('toy').getAttribute(`data-${what}`);
const tells = (page: Page, what: string, value: string): Promise<void> =>
  page.locator(`[data-testid=toy][data-${what}='${value}']`).waitFor();
const viewOf = async (page: Page): Promise<number[]> =>
  ((await page.getByTestId('canvas').getAttribute('data-view')) ?? '').split(',').map(Number);
/** Level-0 pixels on the page. */
async function on(page: Page, x: number, y: number): Promise<readonly [number, number]> {
  const box = await page.getByTestId('canvas').boundingBox();
  const [centerX = 0, centerY = 0, downsample = 1] = await viewOf(page);
  if (!box) throw new Error('The canvas is not on the page.');
  return [box.x + box.width / 2 + (x - centerX) / downsample, box.y + box.height / 2 + (y - centerY) / downsample];
}
async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
  await page.mouse.move(...to, { steps: 3 });
  await page.mouse.up();
}
const patch = async (body: object): Promise<void> => {
  const { request } = await world.kernel.person('anna');
  expect((await request('PATCH', `/api/v2/images/${world.imageId}`, body)).status).toBe(200);
};

describe('what plugins are given of the viewer', () => {
  it('the map: drawn on below the frame, asked about presses, not about drags', async () => {
    const { page, complaints } = await open('anna');
    const colours = await page.getByTestId('navigator-sheet').evaluate((canvas: HTMLCanvasElement) => {
      const at = (x: number, y: number) => [...(canvas.getContext('2d')?.getImageData(x, y, 1, 1).data ?? [])];
      return [at(5, 5), at(canvas.width - 5, canvas.height - 5)];
    });
    expect(colours).toEqual([
      [0, 255, 0, 255],
      [0, 0, 0, 0],
    ]);
    const map = await page.getByTestId('navigator-sheet').boundingBox();
    if (!map) throw new Error('The map is not on the page.');
    const before = await viewOf(page);
    await page.mouse.click(map.x + map.width * 0.75, map.y + map.height * 0.5);
    await tells(page, 'presses', '[[1665,1484]]');
    expect(await viewOf(page)).toEqual(before); // taken
    await page.mouse.click(map.x + map.width * 0.25, map.y + map.height * 0.25);
    await page.waitForFunction((x) => {
      const view = document.querySelector('[data-testid=canvas]')?.getAttribute('data-view') ?? '';
      return Number(view.split(',')[0]) < x - 200;
    }, before[0] ?? 0);
    const asked = JSON.parse((await told(page, 'presses')) ?? '') as unknown[];
    expect(asked).toHaveLength(2);
    await drag(
      page,
      [map.x + map.width * 0.5, map.y + map.height * 0.5],
      [map.x + map.width * 0.9, map.y + map.height * 0.9],
    );
    expect(JSON.parse((await told(page, 'presses')) ?? '')).toEqual(asked);
    expect((await viewOf(page))[0]).toBeGreaterThan(1800);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('a box that somebody draws, also one who may only look; nothing when they escape; or all that is in view', async () => {
    const { page, complaints } = await open('vera');
    const pick = page.getByTestId('toy-pick');
    await pick.click();
    await page.getByTestId('pick-hint').filter({ hasText: 'Draw the region that counts' }).waitFor();
    expect((await new AxeBuilder({ page }).include('[data-testid=pick-hint]').analyze()).violations).toEqual([]);
    await drag(page, await on(page, 1300, 1600), await on(page, 1000, 1400));
    await page.getByTestId('pick-hint').waitFor({ state: 'detached' });
    const box = JSON.parse((await told(page, 'box')) ?? '') as Record<string, number>;
    for (const [name, value] of Object.entries({ minX: 1000, minY: 1400, maxX: 1300, maxY: 1600 }))
      expect(Math.abs((box[name] ?? NaN) - value)).toBeLessThanOrEqual(4);
    await pick.click();
    await page.keyboard.press('Escape');
    await tells(page, 'box', 'nothing');
    await pick.click();
    await pick.click(); // asking anew ends the asking before
    await page.getByTestId('pick-view').click();
    await page.getByTestId('pick-hint').waitFor({ state: 'detached' });
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=toy]')?.getAttribute('data-box')?.includes('min'),
    );
    const view = JSON.parse((await told(page, 'box')) ?? '') as { minX: number; maxX: number };
    expect(view.maxX - view.minX).toBeGreaterThan(600);
    // and dragging moves the image again
    const [x] = await viewOf(page);
    await drag(page, await on(page, 1100, 1400), await on(page, 1300, 1400));
    await page.waitForFunction((before) => {
      const now = document.querySelector('[data-testid=canvas]')?.getAttribute('data-view') ?? '';
      return Math.abs(Number(now.split(',')[0]) - before) > 50;
    }, x ?? 0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('the centres of all annotations, following what this person and others do', async () => {
    const [{ page, complaints }, ben] = [await open('anna'), await world.kernel.person('ben')];
    const at = (x: number) => ({
      uuid: randomUUID(),
      templateId: world.templates.cell,
      geometry: { kind: 'box', x, y: 100, width: 10, height: 10 },
    });
    const change = (body: object) =>
      ben.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, { changeId: randomUUID(), ...body });
    await tells(page, 'count', '0');
    const made = [at(100), at(200)];
    await change({ create: made });
    await tells(page, 'sum', '310');
    await change({ delete: [{ uuid: made[0]?.uuid, revision: 1 }] });
    await tells(page, 'sum', '205');
    await page.getByTestId('tool-box').click();
    await drag(page, await on(page, 1000, 1400), await on(page, 1100, 1500));
    await tells(page, 'count', '2');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await tells(page, 'count', '1');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('the scale: unknown, said in words, set by a line or a number, and known at once to everybody', async () => {
    await patch({ mppX: null, mppY: null });
    const [{ page: anna, complaints }, { page: vera }] = [await open('anna'), await open('vera')];
    await tells(anna, 'scale', 'unknown');
    await vera
      .getByTestId('calibration-ask')
      .filter({ hasText: /Ask .*anna/ })
      .waitFor();
    expect(await vera.getByTestId('calibration-save').count()).toBe(0);
    const axe = await new AxeBuilder({ page: anna }).include('[data-testid=calibration-prompt]').analyze();
    expect(axe.violations).toEqual([]);

    const typed = anna.getByTestId('calibration-mpp').locator('input');
    await typed.fill('-1');
    await anna.getByTestId('calibration-prompt').getByRole('alert').waitFor();
    expect(await anna.getByTestId('calibration-save').isDisabled()).toBe(true);
    await anna.getByTestId('calibration-draw').click();
    await drag(anna, await on(anna, 1000, 1400), await on(anna, 1200, 1400));
    const length = anna.getByTestId('calibration-length').locator('input');
    await length.fill('100');
    await length.press('Enter');
    await anna.getByTestId('calibration-prompt').waitFor({ state: 'detached' });
    await vera.getByTestId('calibration-prompt').waitFor({ state: 'detached' });
    const { mppX, mppY } = JSON.parse((await told(vera, 'scale')) ?? '') as { mppX: number; mppY: number };
    expect(mppX).toBeCloseTo(0.5, 1);
    expect(mppY).toBe(mppX);
    await vera.getByTestId('mpp').filter({ hasText: 'µm/px' }).waitFor();

    await patch({ mppX: null, mppY: null });
    await typed.fill('0.4990');
    await anna.getByTestId('calibration-save').click();
    await tells(vera, 'scale', '{"mppX":0.499,"mppY":0.499}');
    expect(complaints).toEqual([]);
    for (const page of [anna, vera]) await page.context().close();
  });

  it('an image whose axes are times and frequencies: read everywhere as those, and never as lengths', async () => {
    await world.kernel.platform.database.sql.query(
      `update core.image set mpp_x = null, mpp_y = null, axes = $2 where id = $1`,
      [
        world.imageId,
        JSON.stringify({
          x: { unit: 's', perPixel: 0.01, origin: 0 },
          y: { unit: 'Hz', perPixel: -10, origin: 29_670 },
        }),
      ],
    );
    const { page, complaints } = await open('anna');
    await tells(page, 'scale', 'unknown');
    await page.getByTestId('calibration-prompt').filter({ hasText: 'times and frequencies' }).waitFor();
    expect(await page.getByTestId('calibration-draw').count()).toBe(0);
    expect(await page.getByTestId('scale-bar').innerText()).toBe('2 s');
    expect((await page.getByTestId('mpp').innerText()).trim()).toBe('20 ms, 20 Hz per px');
    await page.getByTestId('ticks-below').getByText('10 s', { exact: true }).waitFor();
    await page.getByTestId('ticks-beside').getByText('14 kHz', { exact: true }).waitFor();
    await page.mouse.move(...(await on(page, 1110, 1480)));
    await page
      .getByTestId('coordinates')
      .filter({ hasText: /11\.1\d? s, 14\.\d+ kHz/ })
      .waitFor();
    const { request } = await world.kernel.person('anna');
    const uuid = randomUUID();
    await request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
      changeId: randomUUID(),
      create: [
        {
          uuid,
          templateId: world.templates.cell,
          geometry: { kind: 'box', x: 1000, y: 1400, width: 200, height: 100 },
        },
      ],
    });
    await page.goto(`/images/${world.imageId}?annotation=${uuid}`);
    await page.getByTestId('measure-size').filter({ hasText: '2 s, 1 kHz' }).waitFor();
    await page.getByTestId('measure-position').filter({ hasText: '10 s – 12 s, 14.67 kHz – 15.67 kHz' }).waitFor();
    expect(await page.getByTestId('measure-unknown').count()).toBe(0);
    await page.getByTestId('exact-unit').click();
    expect(await page.getByTestId('exact-y').inputValue()).toBe('15670');
    await page.getByTestId('exact-width').fill('3');
    await page.getByTestId('exact-width').press('Enter');
    await page.getByTestId('measure-size').filter({ hasText: '3 s, 1 kHz' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('tool-ruler').click();
    await drag(page, await on(page, 1000, 1380), await on(page, 1100, 1360));
    await page
      .getByTestId('ruler-total')
      .filter({ hasText: /\d m?s, \d+ Hz/ })
      .waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
