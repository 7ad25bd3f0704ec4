import { area, type PolygonGeometry } from '@exact/geometry';
import { beforeEach, describe, expect, it } from 'vitest';
import { at, click, createHost, drag, square, template } from './host.testing.ts';
import { createTool, type Tool } from './index.ts';

let setup: ReturnType<typeof createHost>;
beforeEach(() => (setup = createHost()));

describe('the box tool', () => {
  it('draws from corner to corner, whichever way', () => {
    drag(createTool('box', setup.host), at(100, 80), at(60, 90), at(40, 20));
    expect(setup.created).toEqual([{ kind: 'box', x: 20, y: 10, width: 30, height: 30 }]);
  });
  it('makes squares while Shift is held', () => {
    drag(createTool('box', setup.host), at(0, 0), at(40, 10, { shift: true }));
    expect(setup.created).toEqual([{ kind: 'box', x: 0, y: 0, width: 20, height: 20 }]);
  });
  it('takes two clicks instead of a drag, and Escape lets go', () => {
    const tool = createTool('box', setup.host);
    click(tool, at(10, 10));
    tool.hover?.(at(50, 30));
    click(tool, at(50, 30));
    click(tool, at(10, 10));
    expect(tool.key?.('Escape')).toBe(true);
    expect(tool.key?.('Escape')).toBe(false);
    expect(setup.created).toEqual([{ kind: 'box', x: 5, y: 5, width: 20, height: 10 }]);
  });
  it('draws upright on the screen in a turned view', () => {
    setup.state.angle = Math.PI / 6;
    const [u, v] = [
      { x: Math.cos(Math.PI / 6), y: Math.sin(Math.PI / 6) },
      { x: -Math.sin(Math.PI / 6), y: Math.cos(Math.PI / 6) },
    ];
    drag(
      createTool('box', setup.host),
      at(200, 200),
      at(200 + 2 * (40 * u.x + 20 * v.x), 200 + 2 * (40 * u.y + 20 * v.y)),
    );
    expect(setup.created).toMatchObject([
      { kind: 'box', width: expect.closeTo(40) as number, height: expect.closeTo(20) as number, angle: Math.PI / 6 },
    ]);
  });
  it('adds to the selected polygon with Shift at the first corner and cuts out of it with Alt', () => {
    setup.shapes.set('region', square(0, 0, 100));
    setup.state.selection = ['region'];
    const tool = createTool('box', setup.host);
    drag(tool, at(100, 100, { shift: true }), at(300, 180));
    expect(area(setup.shapes.get('region')!)).toBe(100 * 100 + 50 * 40);
    drag(tool, at(0, 0, { alt: true }), at(20, 20));
    expect(area(setup.shapes.get('region')!)).toBe(100 * 100 + 50 * 40 - 100);
    expect(setup.steps.map(({ label }) => label)).toEqual(['addArea', 'cutOut']);
    expect(setup.created).toEqual([]);
  });
  it('removes a polygon of which nothing is left', () => {
    setup.shapes.set('region', square(10, 10, 20));
    setup.state.selection = ['region'];
    drag(createTool('ellipse', setup.host), at(-100, -100, { alt: true }), at(300, 300));
    expect(setup.steps).toEqual([{ label: 'cutOut', change: { reshape: [], remove: ['region'] } }]);
  });
  it('draws ellipses by the same moves', () => {
    drag(createTool('ellipse', setup.host), at(0, 0), at(40, 20));
    expect(setup.created).toEqual([{ kind: 'ellipse', cx: 10, cy: 5, rx: 10, ry: 5 }]);
  });
});

describe('the polygon tool', () => {
  const corners = [at(0, 0), at(200, 0), at(200, 200)];
  const triangle = { kind: 'polygon', polygons: [[[0, 0, 100, 0, 100, 100]]] };

  it.each<[string, (tool: Tool) => void]>([
    ['Enter', (tool) => tool.key?.('Enter')],
    ['a click on the first point', (tool) => click(tool, at(4, 3))],
    [
      'a double click',
      (tool) => {
        click(tool, at(200, 200));
        tool.doubleClick?.(at(200, 200));
      },
    ],
  ])('closes by %s', (_name, close) => {
    const tool = createTool('polygon', setup.host);
    for (const corner of corners) click(tool, corner);
    close(tool);
    expect(setup.created).toEqual([triangle]);
  });
  it('takes points back one by one', () => {
    const tool = createTool('polygon', setup.host);
    for (const corner of [...corners, at(0, 200)]) click(tool, corner);
    tool.key?.('Backspace');
    tool.key?.('Enter');
    expect(setup.created).toEqual([triangle]);
  });
  it('does not close below three points', () => {
    const tool = createTool('polygon', setup.host);
    click(tool, at(0, 0));
    click(tool, at(100, 0));
    tool.key?.('Enter');
    expect(setup.created).toEqual([]);
  });
  it('draws freehand, thinned out, and closes where a stroke comes back', () => {
    const tool = createTool('polygon', setup.host);
    const circle = Array.from({ length: 400 }, (_, i) =>
      at(500 + 200 * Math.cos((i * 2 * Math.PI) / 400), 500 + 200 * Math.sin((i * 2 * Math.PI) / 400)),
    );
    drag(tool, ...circle);
    const [made] = setup.created;
    const ring = made?.kind === 'polygon' ? (made.polygons[0]?.[0] ?? []) : [];
    expect(ring.length / 2).toBeGreaterThan(15);
    expect(ring.length / 2).toBeLessThan(80);
    for (let i = 0; i < ring.length; i += 2)
      expect(Math.hypot((ring[i] ?? 0) - 250, (ring[i + 1] ?? 0) - 250)).toBeCloseTo(100, 1);
  });
  it('makes a clean shape of a line that crosses itself', () => {
    const tool = createTool('polygon', setup.host);
    for (const point of [at(0, 0), at(200, 200), at(200, 0), at(0, 200)]) click(tool, point);
    tool.key?.('Enter');
    expect(area(setup.created[0]!)).toBe(5000);
  });
  it('adds to and cuts out of the selected polygon, and leaves a locked one alone', () => {
    setup.shapes.set('region', square(0, 0, 100));
    setup.state.selection = ['region'];
    const tool = createTool('polygon', setup.host);
    const draw = (held: object): void => {
      for (const point of [at(160, 40, held), at(240, 40), at(240, 80), at(160, 80)]) click(tool, point);
      tool.key?.('Enter');
    };
    draw({ shift: true });
    expect(area(setup.shapes.get('region')!)).toBe(10_000 + 20 * 20);
    draw({ alt: true });
    expect(area(setup.shapes.get('region')!)).toBe(10_000 - 20 * 20);
    setup.state.locked.add('region');
    draw({ shift: true });
    expect(setup.created).toHaveLength(1);
  });
  it('mixes clicks and strokes', () => {
    const tool = createTool('polygon', setup.host);
    click(tool, at(0, 0));
    drag(tool, at(100, 0), at(110, 60), at(100, 120));
    click(tool, at(0, 120));
    tool.key?.('Enter');
    expect(setup.created).toEqual([{ kind: 'polygon', polygons: [[[0, 0, 50, 0, 55, 30, 50, 60, 0, 60]]] }]);
  });
  it('keeps a draft that cannot be stored', () => {
    const tool = createTool('polygon', setup.host);
    for (const corner of corners) click(tool, corner);
    setup.state.accepts = false;
    tool.key?.('Enter');
    setup.state.accepts = true;
    tool.key?.('Enter');
    expect(setup.created).toEqual([triangle]);
  });
});

describe('the rotated box tool', () => {
  it('takes a side by a drag, then how far it reaches by a click; also by three clicks', () => {
    const tool = createTool('rotated-box', setup.host);
    drag(tool, at(0, 0), at(80, 80));
    tool.hover?.(at(40, 120));
    click(tool, at(40, 120));
    for (const point of [at(0, 0), at(80, 80), at(40, 120)]) click(tool, point);
    const box = {
      kind: 'box',
      width: expect.closeTo(40 * Math.SQRT2) as number,
      height: expect.closeTo(20 * Math.SQRT2) as number,
      angle: expect.closeTo(Math.PI / 4) as number,
    };
    expect(setup.created).toMatchObject([box, box]);
  });
  it('takes the side back, then everything', () => {
    const tool = createTool('rotated-box', setup.host);
    drag(tool, at(0, 0), at(80, 0));
    expect(tool.key?.('Backspace')).toBe(true);
    click(tool, at(0, 80));
    click(tool, at(40, 40));
    expect(setup.created).toMatchObject([{ width: 40, height: expect.closeTo(20) as number }]);
    click(tool, at(0, 0));
    expect([tool.key?.('Escape'), tool.key?.('Escape')]).toEqual([true, false]);
  });
});

describe('the line tools', () => {
  it('draw straight by a drag or two clicks, with Ctrl along multiples of 45°', () => {
    const tool = createTool('line', setup.host);
    drag(tool, at(0, 0), at(100, 90, { ctrl: true }));
    click(tool, at(0, 0));
    click(tool, at(100, 4, { ctrl: true }));
    expect(setup.created).toEqual([
      { kind: 'line', points: [0, 0, expect.closeTo(47.5), expect.closeTo(47.5)] },
      { kind: 'line', points: [0, 0, expect.closeTo(50), expect.closeTo(0)] },
    ]);
  });
  it('go on with the selected line from one of its ends', () => {
    setup.shapes.set('line', { kind: 'line', points: [0, 0, 100, 0] });
    setup.state.selection = ['line'];
    const tool = createTool('polyline', setup.host);
    click(tool, at(4, 3, { shift: true }));
    click(tool, at(0, 100));
    tool.key?.('Enter');
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [100, 0, 0, 0, 0, 50] });
    for (const point of [at(400, 400, { shift: true }), at(500, 400)]) click(tool, point);
    tool.key?.('Enter');
    expect(setup.created).toEqual([{ kind: 'line', points: [200, 200, 250, 200] }]);
  });
  it('set the edges of a polyline along multiples of 45° while Ctrl is held', () => {
    const tool = createTool('polyline', setup.host);
    click(tool, at(0, 0));
    drag(tool, at(60, 2, { ctrl: true }), at(64, 58, { ctrl: true }));
    tool.key?.('Enter');
    expect(setup.created).toEqual([
      { kind: 'line', points: [0, 0, 30, expect.closeTo(0), 30, expect.closeTo(29)].map(near) },
    ]);
  });
});
const near = (value: unknown): unknown => (typeof value === 'number' ? expect.closeTo(value) : value);

describe('the single-click tool', () => {
  it('places the default size at each press, also when the hand moves on at once', () => {
    const tool = createTool('place', setup.host);
    for (let i = 0; i < 60; i++) drag(tool, at(100 + i, 100), at(130 + i, 140));
    expect(setup.created).toHaveLength(60);
    expect(setup.created[0]).toEqual({ kind: 'box', x: 40, y: 45, width: 20, height: 10 });
  });
  it('places at the middle of the view by Enter', () => {
    setup.state.template = template('point');
    createTool('place', setup.host).key?.('Enter');
    expect(setup.created).toEqual([{ kind: 'point', x: 500, y: 500 }]);
  });
});

describe('the select tool', () => {
  const small = { kind: 'box', x: 10, y: 10, width: 20, height: 20 } as const;
  const large = { kind: 'box', x: 0, y: 0, width: 100, height: 100 } as const;
  beforeEach(() => {
    setup.shapes.set('small', small);
    setup.shapes.set('large', large);
  });

  it('takes the smallest, then the one below; Shift adds and takes away; beside nothing is nothing', () => {
    const tool = createTool('select', setup.host);
    const seen = [at(40, 40), at(40, 40), at(150, 150, { shift: true }), at(40, 40, { shift: true }), at(900, 900)].map(
      (point) => {
        click(tool, point);
        return [...setup.state.selection];
      },
    );
    expect(seen).toEqual([['small'], ['large'], [], ['small'], []]);
  });
  it('lets the view pan unless the shape is selected', () => {
    const tool = createTool('select', setup.host);
    expect(tool.press(at(40, 40))).toBe(false);
    setup.state.selection = ['small'];
    expect(tool.press(at(40, 40))).toBe(true);
  });
  it('moves what is selected, as one step', () => {
    setup.state.selection = ['small', 'large'];
    drag(createTool('select', setup.host), at(40, 40), at(60, 50));
    expect(setup.steps).toEqual([
      {
        label: 'move',
        change: {
          reshape: [
            { uuid: 'small', geometry: { ...small, x: 20, y: 15 } },
            { uuid: 'large', geometry: { ...large, x: 10, y: 5 } },
          ],
        },
      },
    ]);
  });
  it('resizes by a corner and by a side, with targets of 24 pixels', () => {
    setup.state.selection = ['small'];
    const tool = createTool('select', setup.host);
    drag(tool, at(70, 70), at(100, 80)); // the corner is at (60, 60): 11 px and 10 px off would miss, 10 and 10 not
    expect(setup.steps).toEqual([]);
    drag(tool, at(66, 66), at(100, 80));
    expect(setup.shapes.get('small')).toEqual({ kind: 'box', x: 10, y: 10, width: 40, height: 30 });
    drag(tool, at(20, 50), at(10, 50));
    expect(setup.shapes.get('small')).toEqual({ kind: 'box', x: 5, y: 10, width: 45, height: 30 });
  });
  it('keeps the angle of a turned box, and the corner opposite to the dragged one', () => {
    const turned = { kind: 'box', x: 100, y: 100, width: 40, height: 20, angle: Math.PI / 2 } as const;
    setup.shapes.set('turned', turned);
    setup.state.selection = ['turned'];
    // turned by 90° the box spans 110…130 × 90…130; its own lower right corner is on the screen at the lower left
    drag(createTool('select', setup.host), at(220, 260), at(200, 280));
    expect(setup.shapes.get('turned')).toMatchObject({
      angle: Math.PI / 2,
      width: expect.closeTo(50) as number,
      height: expect.closeTo(30) as number,
    });
  });
  it('moves, makes and deletes points of a line', () => {
    setup.shapes.set('line', { kind: 'line', points: [200, 200, 300, 200, 300, 300] });
    setup.state.selection = ['line'];
    const tool = createTool('select', setup.host);
    drag(tool, at(600, 400), at(620, 380));
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [200, 200, 310, 190, 300, 300] });
    drag(tool, at(510, 390), at(500, 300));
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [200, 200, 250, 150, 310, 190, 300, 300] });
    click(tool, at(500, 300));
    expect(tool.key?.('Backspace')).toBe(true);
    click(tool, at(620, 380, { alt: true }));
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [200, 200, 300, 300] });
    click(tool, at(600, 600));
    expect(tool.key?.('Backspace')).toBe(false);
  });
  it('picks a handle up by a second click and puts it down by a third, without dragging', () => {
    setup.shapes.set('line', { kind: 'line', points: [200, 200, 300, 200] });
    setup.state.selection = ['line'];
    const tool = createTool('select', setup.host);
    const pickUp = (): void => [at(600, 400), at(602, 401)].forEach((point) => click(tool, point));
    pickUp();
    tool.hover?.(at(640, 440));
    expect(setup.previews.at(-1)).toEqual([{ uuid: 'line', geometry: { kind: 'line', points: [200, 200, 320, 220] } }]);
    click(tool, at(660, 440));
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [200, 200, 330, 220] });
    setup.shapes.set('line', { kind: 'line', points: [200, 200, 300, 200] });
    pickUp();
    expect([tool.key?.('Escape'), setup.state.selection]).toEqual([true, ['line']]);
    click(tool, at(1600, 1600));
    expect([setup.steps.length, setup.state.selection]).toEqual([1, []]);
  });
  it('selects locked shapes and does nothing else with them', () => {
    setup.state.locked.add('small');
    const tool = createTool('select', setup.host);
    click(tool, at(40, 40));
    expect(setup.state.selection).toEqual(['small']);
    expect([tool.press(at(40, 40)), tool.press(at(60, 60))]).toEqual([false, false]);
  });
  it('takes away with Alt, adds with Ctrl', () => {
    const tool = createTool('select', setup.host);
    for (const held of [{}, { ctrl: true }]) click(tool, at(40, 40, held));
    expect(setup.state.selection).toEqual([]);
    setup.state.selection = ['small', 'large'];
    click(tool, at(150, 150, { alt: true }));
    expect(setup.state.selection).toEqual(['small']);
  });
  it('turns a box by the handle above it, with Shift in steps of 15°', () => {
    setup.state.selection = ['small'];
    drag(createTool('select', setup.host), at(40, -10), at(200, 38, { shift: true }));
    expect(setup.steps).toMatchObject([{ label: 'turn' }]);
    expect(setup.shapes.get('small')).toEqual({ ...small, angle: Math.PI / 2 });
  });
  it('draws a vertex to the border of a neighbour when the magnet is on', () => {
    setup.host.options.isMagnetOn = true;
    setup.shapes.clear();
    setup.shapes.set('wall', square(200, 0, 100));
    setup.shapes.set('line', { kind: 'line', points: [0, 200, 100, 50] });
    setup.state.selection = ['line'];
    drag(createTool('select', setup.host), at(200, 100), at(394, 60));
    expect(setup.shapes.get('line')).toEqual({ kind: 'line', points: [0, 200, 200, 30] });
  });
  it('takes the edges beside a vertex along to the border of a neighbour, and nothing elsewhere', () => {
    setup.host.options.isMagnetOn = true;
    setup.shapes.clear();
    setup.shapes.set('wall', { kind: 'polygon', polygons: [[[200, 0, 300, 0, 300, 100, 200, 100, 201, 50]]] });
    setup.shapes.set('other', square(0, 202, 100));
    setup.shapes.set('shape', { kind: 'polygon', polygons: [[[100, 100, 190, 0, 199, 100, 100, 200, 0, 200]]] });
    setup.state.selection = ['shape'];
    drag(createTool('select', setup.host), at(380, 0), at(396, 3));
    const after = setup.shapes.get('shape') as PolygonGeometry;
    const points = (after.polygons[0]?.[0] ?? []).join(' ');
    expect(points).toContain('200 0 201 50 200 100');
    expect(points).toContain('100 200 0 200');
  });
  it('draws a band with Shift, or without in its own tool', () => {
    drag(createTool('select', setup.host), at(500, 500, { shift: true }), at(800, 800, { shift: true }));
    expect(setup.state.selection).toEqual(['small', 'large']);
    setup.state.selection = [];
    drag(createTool('area', setup.host), at(500, 500), at(800, 800));
    expect(setup.state.selection).toEqual(['small', 'large']);
  });
});
