import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchLightBrowser } from '../../../../test/browser.ts';
import { startLayerHarness, type LayerHarness } from './bench/harness.ts';
import type { RendererKind } from './probe.ts';
import type { Shape } from './shape-store.ts';

let browser: Browser;
let harness: LayerHarness;

beforeAll(async () => {
  browser = await launchLightBrowser();
  harness = await startLayerHarness(browser);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await harness?.close();
});

const RENDERERS: RendererKind[] = ['canvas', 'webgl'];
const MIXED: Shape[] = [
  { id: 'box', templateId: 0, geometry: { kind: 'box', x: 1300, y: 1200, width: 200, height: 100, angle: 0.4 } },
  { id: 'ellipse', templateId: 1, geometry: { kind: 'ellipse', cx: 1800, cy: 1300, rx: 150, ry: 60, angle: -0.3 } },
  { id: 'line', templateId: 2, geometry: { kind: 'line', points: [1300, 1500, 1500, 1650, 1700, 1500, 1800, 1600] } },
  { id: 'point', templateId: 3, geometry: { kind: 'point', x: 2200, y: 1300 } },
  { id: 'tiny', templateId: 3, geometry: { kind: 'box', x: 2300, y: 1300, width: 0.5, height: 0.5 } },
  {
    id: 'holed',
    templateId: 1,
    geometry: {
      kind: 'polygon',
      polygons: [
        [
          [1900, 1500, 2300, 1500, 2300, 1800, 1900, 1800],
          [2000, 1580, 2000, 1720, 2200, 1720, 2200, 1580],
        ],
      ],
    },
  },
];

const pages = new Map<number, Page>();

/** Opens an image of `extent` × `extent` pixels under a new layer, and takes both away afterwards. A page is slow to open, so tests of one pixel density share it. */
async function withLayer<T>(
  renderer: RendererKind,
  use: (page: Page) => Promise<T>,
  density = 1,
  extent = 4000,
): Promise<T> {
  const page = pages.get(density) ?? (await harness.newPage({ deviceScaleFactor: density }));
  pages.set(density, page);
  expect(await page.evaluate(([r, size]) => layerPage.open(r, size), [renderer, extent] as const)).toBe(renderer);
  try {
    return await use(page);
  } finally {
    expect(await page.evaluate(() => layerPage.closeLayer())).toBe(0);
  }
}

const look = (page: Page, view: Parameters<typeof layerPage.setView>[0]) =>
  page.evaluate((v) => layerPage.setView(v), view);

/** Box around the painted pixels: that the right ones are painted, not only some. */
function paintedBox({ width, alpha }: { width: number; alpha: string }) {
  const data = Buffer.from(alpha, 'base64');
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if ((data[i] ?? 0) < 100) continue;
    const x = i % width;
    const y = Math.floor(i / width);
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    maxX = Math.max(maxX, x + 1);
    maxY = Math.max(maxY, y + 1);
  }
  return { minX, minY, maxX, maxY };
}

describe.each(RENDERERS)('the %s renderer', (renderer) => {
  it(
    'paints a pixel for each of 100,000 boxes at overview and for each in view further in',
    { timeout: 120_000 },
    async () => {
      await withLayer(
        renderer,
        async (page) => {
          await page.evaluate(() => layerPage.load('box', 100_000));
          await look(page, {});
          expect(await page.evaluate(() => layerPage.unpainted('box', 100_000))).toBe(0);
          await look(page, { zoom: 0.08, x: 50_000, y: 50_000 });
          expect(await page.evaluate(() => layerPage.unpainted('box', 100_000))).toBe(0);
        },
        1,
        100_000,
      );
    },
  );

  it(
    'stands in for what is not loaded: a mark for each, a cell for each count, in any view',
    { timeout: 120_000 },
    async () => {
      await withLayer(
        renderer,
        async (page) => {
          for (const level of ['centres', 'overview'] as const) {
            await page.evaluate((l) => layerPage.summarise(l, 50_000), level);
            await look(page, { zoom: 0.008, x: 50_000, y: 50_000, rotation: 0, flip: false });
            expect(await page.evaluate((l) => layerPage.unmarked(l, 50_000), level)).toBe(0);
            await look(page, { zoom: 0.05, x: 40_000, y: 60_000, rotation: 30, flip: true });
            expect(await page.evaluate((l) => layerPage.unmarked(l, 50_000), level)).toBe(0);
            const [hidden, shown] = await page.evaluate(() => {
              const painted = () => atob(layerPage.pixels().alpha).replaceAll('\0', '').length;
              for (let id = 0; id < 5; id++) layerPage.layer?.setStyle(id, { color: '#d55e00', visible: false });
              const none = painted();
              for (let id = 0; id < 5; id++) layerPage.layer?.setStyle(id, { color: '#d55e00' });
              return [none, painted()];
            });
            expect([hidden, (shown ?? 0) > 10_000]).toEqual([0, true]);
          }
        },
        1,
        100_000,
      );
    },
  );

  it(
    'draws marks as rings of the size of what they stand for, on a dense screen too, and as shapes what somebody works on',
    { timeout: 60_000 },
    async () => {
      await withLayer(
        renderer,
        async (page) => {
          await page.evaluate(() => layerPage.summarise('centres', 1, { extent: 4000, size: 100, seed: 3 }));
          const b = await page.evaluate(() => {
            layerPage.add([
              {
                id: 'shape-0',
                templateId: 0,
                flags: 128,
                geometry: { kind: 'box', x: 3500, y: 3500, width: 60, height: 60 },
              },
            ]);
            const tile = layerPage.layer?.summary?.marks[0];
            return { x: tile?.x[0] ?? 0, y: tile?.y[0] ?? 0, size: tile?.size[0] ?? 0 };
          });
          await look(page, { zoom: 0.25, x: 2000, y: 2000 });
          const marked = await page.evaluate(() => layerPage.pixels());
          const box = paintedBox(marked);
          const [cx, cy] = [1200 + (b.x - 2000) * 0.5, 800 + (b.y - 2000) * 0.5];
          const off = [box.minX + box.maxX - 2 * cx, box.minY + box.maxY - 2 * cy, box.maxX - box.minX - b.size / 2];
          expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(2); // the box with the plain flag is not drawn
          const alphaAt = Math.round(cy) * marked.width + Math.round(cx);
          expect(b.size / 2).toBeGreaterThan(12);
          expect(Buffer.from(marked.alpha, 'base64')[alphaAt]).toBe(0); // the image is seen through the ring
          await page.evaluate(() => layerPage.layer?.scene.apply({ update: [{ id: 'shape-0', flags: 0 }] }));
          expect(paintedBox(await page.evaluate(() => layerPage.pixels())).maxX).toBeGreaterThan(1200 + 1500 * 0.5);
        },
        2,
      );
    },
  );

  // The box spans 1900…2000 × 1450…1480; the middle of the screen, (600, 400), is image (2000, 1500); one pixel is one pixel.
  it.each([
    { rotation: 0, flip: false, at: [500, 350, 600, 380] },
    { rotation: 90, flip: false, at: [620, 300, 650, 400] },
    { rotation: 180, flip: false, at: [600, 420, 700, 450] },
    { rotation: 0, flip: true, at: [600, 350, 700, 380] },
    { rotation: 90, flip: true, at: [550, 300, 580, 400] },
  ])(
    'puts a box where it belongs at $rotation degrees, flipped $flip',
    { timeout: 60_000 },
    async ({ rotation, flip, at }) => {
      await withLayer(renderer, async (page) => {
        await page.evaluate(() => {
          layerPage.style(0, '#0000ff', 0, 2);
          layerPage.add([
            { id: 'a', templateId: 0, geometry: { kind: 'box', x: 1900, y: 1450, width: 100, height: 30 } },
          ]);
        });
        await look(page, { zoom: 1, x: 2000, y: 1500, rotation, flip });
        const box = paintedBox(await page.evaluate(() => layerPage.pixels()));
        // The line is 2 px wide about the edge.
        const [minX, minY, maxX, maxY] = at as [number, number, number, number];
        const off = [box.minX - (minX - 1), box.minY - (minY - 1), box.maxX - (maxX + 1), box.maxY - (maxY + 1)];
        expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(1);
        const corner = await page.evaluate(() => layerPage.layer?.imageToScreen(1900, 1450));
        const back = await page.evaluate((p) => layerPage.layer?.screenToImage(p?.x ?? 0, p?.y ?? 0), corner);
        expect([back?.x, back?.y]).toEqual([expect.closeTo(1900, 4), expect.closeTo(1450, 4)]);
      });
    },
  );

  it('marks what is selected and locked, and lays no empty sheet over the image', { timeout: 60_000 }, async () => {
    await withLayer(renderer, async (page) => {
      const box = { kind: 'box', x: 1900, y: 1450, width: 100, height: 30 } as const;
      await page.evaluate((geometry) => layerPage.add([{ id: 'a', templateId: 0, geometry }]), box);
      await look(page, { zoom: 1, x: 2000, y: 1500 });
      const [none, selected, locked] = await page.evaluate(() => {
        const { layer } = layerPage;
        layer?.addOverlay(() => undefined);
        layer?.flush();
        const sheet = layerPage.viewer.canvas.querySelector<HTMLElement>('[data-annotation-layer] > canvas:last-child');
        const display = sheet?.style.display;
        const painted = () => atob(layerPage.pixels().alpha).replaceAll('\0', '').length;
        layer?.setSelected(['a']);
        const before = painted();
        layer?.scene.apply({ update: [{ id: 'a', flags: 2 }] });
        return [display, before, painted()] as const;
      });
      expect(none).toBe('none');
      expect((locked ?? 0) - (selected ?? 0)).toBeGreaterThan(100);
    });
  });

  it('draws in device pixels on a dense screen', { timeout: 60_000 }, async () => {
    await withLayer(
      renderer,
      async (page) => {
        await page.evaluate(() => {
          layerPage.style(0, '#0000ff', 0, 2);
          layerPage.add([
            { id: 'a', templateId: 0, geometry: { kind: 'box', x: 1900, y: 1450, width: 100, height: 30 } },
          ]);
        });
        await look(page, { zoom: 1, x: 2000, y: 1500 });
        const pixels = await page.evaluate(() => layerPage.pixels());
        expect([pixels.width, pixels.height]).toEqual([2400, 1600]);
        const box = paintedBox(pixels);
        expect(
          Math.abs(box.minX - 998) + Math.abs(box.maxX - 1202) + Math.abs(box.minY - 698) + Math.abs(box.maxY - 762),
        ).toBeLessThanOrEqual(4);
      },
      2,
    );
  });

  it('leaves nothing in the page when it is disposed of', { timeout: 60_000 }, async () => {
    await withLayer(renderer, async (page) => {
      await page.evaluate(() => layerPage.load('box', 100));
      const handlers = await page.evaluate(() => {
        const names = ['update-viewport', 'close', 'before-destroy'] as const;
        const count = () => names.map((name) => layerPage.viewer.numberOfHandlers(name) ?? 0);
        const before = count();
        layerPage.layer?.dispose();
        return {
          before,
          after: count(),
          left: layerPage.viewer.canvas.querySelectorAll('[data-annotation-layer]').length,
        };
      });
      expect(handlers.after.map((n, i) => (handlers.before[i] ?? 0) - n)).toEqual([1, 1, 1]);
      expect(handlers.left).toBe(0);
    });
  });
});

it('draws the same picture with both renderers, within antialiasing', { timeout: 120_000 }, async () => {
  const pictures = [];
  for (const renderer of RENDERERS) {
    pictures.push(
      await withLayer(renderer, async (page) => {
        await page.evaluate((shapes) => layerPage.add(shapes), MIXED);
        // Half opaque: a fill where there should be none differs by more than antialiasing does.
        await page.evaluate(() => [0, 1, 2, 3].forEach((id) => layerPage.style(id, '#0072b2', 0.5, 2)));
        await look(page, { zoom: 1, x: 1900, y: 1500, rotation: 10 });
        return Buffer.from((await page.evaluate(() => layerPage.pixels())).alpha, 'base64');
      }),
    );
  }
  const [a, b] = pictures;
  if (!a || !b) throw new Error('two pictures');
  let [painted, different] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const alphaA = a[i] ?? 0;
    const alphaB = b[i] ?? 0;
    if (alphaA > 0 || alphaB > 0) painted++;
    // Joins and antialiasing may differ by a part of a pixel along the outlines; fills and places may not.
    if (Math.abs(alphaA - alphaB) > 96) different++;
  }
  expect(painted).toBeGreaterThan(50_000);
  expect(different / painted).toBeLessThan(0.01);
});

it('comes back with the same picture after the graphics context was lost', { timeout: 60_000 }, async () => {
  await withLayer('webgl', async (page) => {
    await page.evaluate((shapes) => layerPage.add(shapes), MIXED);
    await page.evaluate(() => layerPage.summarise('centres', 500, { extent: 4000, size: 20 }));
    await look(page, { zoom: 1, x: 1900, y: 1500 });
    const before = await page.evaluate(() => layerPage.pixels());
    await page.evaluate(() => layerPage.loseContext());
    // An edit made while the card forgot everything must be there, too.
    await page.evaluate(() =>
      layerPage.add([
        { id: 'tiny', templateId: 3, geometry: { kind: 'box', x: 2300, y: 1300, width: 0.5, height: 0.5 } },
      ]),
    );
    const after = await page.evaluate(() => layerPage.pixels());
    expect(paintedBox(before).maxX - paintedBox(before).minX).toBeGreaterThan(500);
    expect(after.alpha === before.alpha).toBe(true);
  });
});

it('chooses Canvas 2D on a machine whose WebGL runs in software', { timeout: 60_000 }, async () => {
  const page = pages.get(1) ?? (await harness.newPage());
  expect(await page.evaluate(() => layerPage.open('auto', 4000))).toBe('canvas');
  await page.evaluate(() => layerPage.closeLayer());
});
