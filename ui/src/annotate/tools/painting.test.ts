import { area, containsPoint, type Geometry, type PolygonGeometry } from '@exact/geometry';
import { beforeEach, describe, expect, it } from 'vitest';
import { at, click, createHost, drag, square, template } from './host.testing.ts';
import { createTool, type ScreenPixels } from './index.ts';

let setup: ReturnType<typeof createHost>;
beforeEach(() => {
  setup = createHost();
  setup.state.template = template('polygon');
});
const shapeOf = (uuid: string): Geometry => {
  const geometry = setup.shapes.get(uuid);
  if (!geometry) throw new Error(`There is no ${uuid}.`);
  return geometry;
};
const holesOf = (geometry: Geometry): number =>
  (geometry as PolygonGeometry).polygons.reduce((sum, rings) => sum + rings.length - 1, 0);

describe('the brush', () => {
  it('paints what a round tip of its size on the screen covers', () => {
    drag(createTool('brush', setup.host), at(100, 100), at(150, 100), at(200, 100));
    const [made] = setup.created;
    // 40 screen pixels are 20 of the image: a way of 50 and two half discs
    expect(area(made!) / (50 * 20 + Math.PI * 100)).toBeCloseTo(1, 1);
    expect((made as PolygonGeometry).polygons[0]![0]!.length / 2).toBeLessThan(40);
  });
  it('goes on with the selected polygon from inside of it or with Shift, else paints a new one', () => {
    setup.shapes.set('region', square(0, 0, 100));
    setup.state.selection = ['region'];
    const tool = createTool('brush', setup.host);
    drag(tool, at(190, 100), at(300, 100));
    const grown = area(shapeOf('region'));
    expect(grown).toBeGreaterThan(10_000);
    drag(tool, at(600, 100, { shift: true }), at(700, 100));
    expect(area(shapeOf('region'))).toBeGreaterThan(grown + 900);
    drag(tool, at(600, 600), at(700, 600));
    expect([setup.steps.length, setup.created.length]).toEqual([2, 1]);
  });
  it('erases with Alt, in one step, and removes what is wholly erased', () => {
    setup.shapes.set('region', square(0, 0, 100));
    setup.shapes.set('speck', square(300, 300, 8));
    setup.state.selection = ['region'];
    const tool = createTool('brush', setup.host);
    drag(tool, at(100, -40, { alt: true }), at(100, 100, { alt: true }), at(100, 240, { alt: true }));
    expect(setup.steps).toHaveLength(1);
    expect((shapeOf('region') as PolygonGeometry).polygons).toHaveLength(2);
    setup.state.selection = [];
    drag(tool, at(608, 608, { alt: true }));
    expect(setup.steps[1]).toEqual({ label: 'erase', change: { reshape: [], remove: ['speck'] } });
    drag(tool, at(1600, 1600, { alt: true }));
    expect(setup.told).toEqual(['eraseNothing']);
  });
  it('fills holes while it paints and afterwards', () => {
    const tool = createTool('brush', setup.host);
    const loop = Array.from({ length: 60 }, (_, i) =>
      at(400 + 200 * Math.cos((i * Math.PI) / 29), 400 + 200 * Math.sin((i * Math.PI) / 29)),
    );
    drag(tool, ...loop);
    expect(holesOf(setup.created[0]!)).toBe(1);
    const [first, ...rest] = loop;
    tool.press(first!);
    for (const point of rest) tool.drag?.(point);
    tool.catchUp?.();
    expect(tool.fillHoles?.()).toBe(true);
    tool.release?.(rest.at(-1)!, false);
    expect(holesOf(setup.created[1]!)).toBe(0);
    setup.shapes.set('ring', setup.created[0]!);
    setup.state.selection = ['ring'];
    expect(tool.fillHoles?.()).toBe(true);
    expect([holesOf(shapeOf('ring')), tool.fillHoles?.()]).toEqual([0, false]);
  });
  it('takes over the border of a neighbour when the magnet is on: neither gap nor overlap', () => {
    setup.host.options.isMagnetOn = true;
    setup.shapes.set('wall', square(200, 0, 100));
    drag(createTool('brush', setup.host), at(376, 20), at(376, 180));
    const [made] = setup.created;
    const onWall = (made as PolygonGeometry).polygons[0]![0]!.filter((value, i) => i % 2 === 0 && value === 200);
    expect(onWall.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...(made as PolygonGeometry).polygons[0]![0]!.filter((_, i) => i % 2 === 0))).toBe(200);
  });
  it('lets go of a stroke, and of what was shown for it', () => {
    setup.shapes.set('region', square(0, 0, 100));
    setup.state.selection = ['region'];
    const tool = createTool('brush', setup.host);
    tool.press(at(100, 100));
    expect([tool.key?.('Escape'), tool.key?.('Escape')]).toEqual([true, false]);
    expect(setup.previews.at(-1)).toBeUndefined();
    tool.release?.(at(100, 100), true);
    expect(setup.steps).toEqual([]);
  });
  it('gets wider and narrower within bounds', () => {
    const tool = createTool('eraser', setup.host);
    for (let i = 0; i < 60; i++) tool.adjust?.(1);
    expect(setup.host.options.brushPx).toBe(400);
    for (let i = 0; i < 60; i++) tool.adjust?.(-1);
    expect(setup.host.options.brushPx).toBe(4);
  });
});

/** A pale field with a dark disc of radius 60 about (200, 150) and a middling ring up to 80 around it. */
function sheet(): ScreenPixels {
  const [width, height] = [400, 300];
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const far = Math.hypot((i % width) - 200, Math.floor(i / width) - 150);
    const [r, g, b] = far < 60 ? [90, 50, 120] : far < 80 ? [110, 70, 140] : [230, 200, 225];
    data.set([r, g, b, 255], i * 4);
  }
  return { width, height, data };
}

describe('the wand', () => {
  beforeEach(() => void (setup.state.pixels = sheet()));

  it('outlines the area of one colour in image pixels', () => {
    setup.host.options.wandTolerance = 4;
    click(createTool('wand', setup.host), at(200, 150));
    const [made] = setup.created;
    expect(area(made!) / (Math.PI * 30 * 30)).toBeCloseTo(1, 1);
    expect(containsPoint(made!, 100, 75)).toBe(true);
    expect((made as PolygonGeometry).polygons[0]![0]!.length / 2).toBeLessThan(80);
  });
  it('takes in more the farther one drags', () => {
    setup.host.options.wandTolerance = 4;
    drag(createTool('wand', setup.host), at(200, 150), at(300, 150));
    expect(area(setup.created[0]!) / (Math.PI * 40 * 40)).toBeCloseTo(1, 1);
    expect(setup.host.options.wandTolerance).toBe(4);
  });
  it('cuts out of the selected polygon with Alt', () => {
    setup.shapes.set('region', square(0, 0, 200));
    setup.state.selection = ['region'];
    click(createTool('wand', setup.host), at(200, 150, { alt: true }));
    expect(holesOf(shapeOf('region'))).toBe(1);
  });
  it('says so where nothing is drawn', () => {
    setup.state.pixels = undefined;
    click(createTool('wand', setup.host), at(200, 150));
    expect([setup.told, setup.created]).toEqual([['noPixels'], []]);
  });
});

describe('knife, scissor and glue', () => {
  beforeEach(() => {
    setup.shapes.set('a', square(0, 0, 100));
    setup.shapes.set('b', square(100, 0, 100));
  });

  it('splits along a stroke or a line of clicks; the largest piece stays the annotation', async () => {
    setup.state.selection = ['a'];
    drag(createTool('knife', setup.host), at(60, -20), at(60, 100), at(60, 220));
    await Promise.resolve(); // what is written about the whole is at hand
    const [step] = setup.steps;
    expect(step?.change.reshape?.map(({ uuid, geometry }) => [uuid, area(geometry)])).toEqual([['a', 7000]]);
    expect(step?.change.create?.map(({ templateId, geometry }) => [templateId, area(geometry)])).toEqual([[1, 3000]]);
    const tool = createTool('knife', setup.host);
    click(tool, at(-20, 100));
    click(tool, at(220, 100));
    tool.key?.('Enter');
    await Promise.resolve();
    expect(setup.steps).toHaveLength(2);
  });
  it('says what is missing', async () => {
    drag(createTool('knife', setup.host), at(60, -20), at(60, 220));
    await Promise.resolve(); // what is written about the whole is at hand
    setup.state.selection = ['a'];
    drag(createTool('knife', setup.host), at(60, 20), at(60, 120));
    await Promise.resolve(); // what is written about the whole is at hand
    setup.state.locked.add('b');
    drag(createTool('glue', setup.host), at(100, 100), at(300, 100));
    expect(setup.told).toEqual(['selectPolygon', 'lineCutsNothing', 'glueNothing']);
    expect(setup.steps).toEqual([]);
  });
  it('cuts out what is drawn around', () => {
    setup.state.selection = ['a'];
    drag(createTool('scissor', setup.host), at(40, 40), at(80, 40), at(80, 80), at(40, 80));
    expect(area(shapeOf('a'))).toBe(10_000 - 400);
  });
  it('makes one of the polygons that a line touches, and adds an area that is closed', () => {
    const tool = createTool('glue', setup.host);
    drag(tool, at(100, 100), at(200, 100), at(300, 100));
    expect(setup.steps[0]?.change.remove).toEqual(['b']);
    expect([area(shapeOf('a')), setup.shapes.has('b')]).toEqual([20_000, false]);
    setup.state.selection = ['a'];
    for (const point of [at(380, 20), at(440, 20), at(440, 60), at(380, 60), at(380, 20)]) click(tool, point);
    expect(area(shapeOf('a'))).toBe(20_000 + 20 * 20);
  });
});

describe('the ruler', () => {
  it('reads lengths and the angle between, in pixels or µm', () => {
    const tool = createTool('ruler', setup.host);
    drag(tool, at(0, 0), at(60, 80));
    expect(tool.reading?.()).toEqual({ unit: 'px', segments: [50], total: 50, canKeep: false });
    setup.state.mpp = { x: 0.5, y: 0.25 };
    for (const point of [at(0, 0), at(80, 0), at(80, 160)]) click(tool, point);
    tool.doubleClick?.(at(80, 160));
    expect(tool.reading?.()).toEqual({
      unit: 'µm',
      segments: [20, 20],
      total: 40,
      angle: expect.closeTo(90) as number,
      canKeep: false,
    });
  });
  it('stays until Escape, and Enter keeps it as a line where the class in hand is for lines', () => {
    const tool = createTool('ruler', setup.host);
    drag(tool, at(0, 0), at(60, 80));
    tool.hover?.(at(500, 500));
    expect(tool.reading?.()?.total).toBe(50);
    tool.key?.('Enter');
    expect(setup.created).toEqual([]);
    setup.state.template = template('line');
    tool.key?.('Enter');
    expect(setup.created).toEqual([{ kind: 'line', points: [0, 0, 30, 40] }]);
    drag(tool, at(0, 0), at(60, 80));
    tool.key?.('Escape');
    expect([tool.reading?.(), tool.key?.('Escape')]).toEqual([undefined, false]);
  });
});
