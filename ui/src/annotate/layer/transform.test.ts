import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyAffine, createView, invert, multiply, readView, widenView, type Affine } from './transform.ts';

/** The parts of OpenSeadragon that `readView` asks, with its conventions: rotation about the middle of the viewer, flip not in the conversion. */
function fakeViewer(o: {
  zoom: number;
  x: number;
  y: number;
  degrees: number;
  flip: boolean;
  width: number;
  height: number;
}) {
  const angle = (o.degrees * Math.PI) / 180;
  const makePoint = (x: number, y: number) => ({ x, y, clone: () => makePoint(x, y) });
  const image = {
    getContentSize: () => makePoint(40_000, 30_000),
    imageToViewerElementCoordinates({ x, y }: { x: number; y: number }) {
      const dx = (x - o.x) * o.zoom;
      const dy = (y - o.y) * o.zoom;
      return makePoint(
        o.width / 2 + dx * Math.cos(angle) - dy * Math.sin(angle),
        o.height / 2 + dx * Math.sin(angle) + dy * Math.cos(angle),
      );
    },
  };
  return {
    world: { getItemAt: () => image },
    viewport: { getContainerSize: () => makePoint(o.width, o.height), getFlip: () => o.flip },
  } as unknown as Parameters<typeof readView>[0];
}

const states = fc.record({
  zoom: fc.double({ min: 0.005, max: 40, noNaN: true }),
  x: fc.double({ min: -1000, max: 41_000, noNaN: true }),
  y: fc.double({ min: -1000, max: 31_000, noNaN: true }),
  degrees: fc.double({ min: -720, max: 720, noNaN: true }),
  flip: fc.boolean(),
  width: fc.integer({ min: 50, max: 4000 }),
  height: fc.integer({ min: 50, max: 3000 }),
});
const numbers = fc.double({ min: -5000, max: 5000, noNaN: true });

describe('readView', () => {
  it('comes back to the same screen point through the image, turned and flipped', () => {
    fc.assert(
      fc.property(states, numbers, numbers, (state, x, y) => {
        const view = readView(fakeViewer(state), 1);
        if (!view) throw new Error('an open image has a view');
        const image = applyAffine(view.inverse, x, y);
        const back = applyAffine(view.matrix, image.x, image.y);
        expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-4);
        expect(view.scale / state.zoom).toBeCloseTo(1, 6);
      }),
      { seed: 15 },
    );
  });

  it('mirrors about the middle of the viewer after turning', () => {
    const state = { zoom: 0.5, x: 1000, y: 800, degrees: 90, width: 600, height: 400 };
    const plain = readView(fakeViewer({ ...state, flip: false }), 1);
    const flipped = readView(fakeViewer({ ...state, flip: true }), 1);
    if (!plain || !flipped) throw new Error('an open image has a view');
    // 100 px right of the middle in the image lies 50 px below it after a quarter turn, on the mirror's axis.
    expect(applyAffine(plain.matrix, 1100, 800)).toEqual({ x: expect.closeTo(300), y: expect.closeTo(250) });
    expect(applyAffine(flipped.matrix, 1100, 800)).toEqual({ x: expect.closeTo(300), y: expect.closeTo(250) });
    expect(applyAffine(plain.matrix, 1000, 900)).toEqual({ x: expect.closeTo(250), y: expect.closeTo(200) });
    expect(applyAffine(flipped.matrix, 1000, 900)).toEqual({ x: expect.closeTo(350), y: expect.closeTo(200) });
  });

  it('gives a box that contains every corner of the screen', () => {
    fc.assert(
      fc.property(states, (state) => {
        const view = readView(fakeViewer(state), 1);
        if (!view) throw new Error('an open image has a view');
        for (const [x, y] of [
          [0, 0],
          [state.width, 0],
          [0, state.height],
          [state.width, state.height],
        ] as const) {
          const p = applyAffine(view.inverse, x, y);
          const slack = 1e-6 * (1 + Math.abs(p.x) + Math.abs(p.y));
          expect(p.x).toBeGreaterThanOrEqual(view.bounds.minX - slack);
          expect(p.x).toBeLessThanOrEqual(view.bounds.maxX + slack);
          expect(p.y).toBeGreaterThanOrEqual(view.bounds.minY - slack);
          expect(p.y).toBeLessThanOrEqual(view.bounds.maxY + slack);
        }
      }),
      { seed: 15 },
    );
  });

  it('has no view while no image is open or the viewer has no size', () => {
    const closed = { world: { getItemAt: () => undefined } } as unknown as Parameters<typeof readView>[0];
    expect(readView(closed, 1)).toBeUndefined();
    expect(
      readView(fakeViewer({ zoom: 1, x: 0, y: 0, degrees: 0, flip: false, width: 0, height: 0 }), 1),
    ).toBeUndefined();
  });
});

describe('affine maps', () => {
  const m: Affine = { a: 2, b: 1, c: -1, d: 3, e: 10, f: -4 };

  it('multiplies in the order first, second', () => {
    const n: Affine = { a: 0, b: 1, c: -1, d: 0, e: 5, f: 0 };
    const p = applyAffine(m, 3, 4);
    expect(applyAffine(multiply(n, m), 3, 4)).toEqual(applyAffine(n, p.x, p.y));
  });

  it('undoes a map by its inverse', () => {
    const p = applyAffine(m, 3, 4);
    expect(applyAffine(invert(m), p.x, p.y)).toEqual({ x: expect.closeTo(3), y: expect.closeTo(4) });
  });

  it('keeps points where they are when a view gets a margin', () => {
    const view = createView(m, 100, 80, 1);
    const wide = widenView(view, 20);
    const p = applyAffine(view.matrix, 7, 9);
    expect(applyAffine(wide.matrix, 7, 9)).toEqual({ x: p.x + 20, y: p.y + 20 });
    expect([wide.width, wide.height]).toEqual([140, 120]);
  });
});
