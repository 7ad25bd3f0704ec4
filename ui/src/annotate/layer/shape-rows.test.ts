import { bounds, decodeFrame, encodeFrame, snap, type Geometry } from '@exact/geometry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scene } from './scene.ts';

const uuidOf = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const idle = { authorId: 1, revision: 1, templateId: 3 };

/** Small and large, on whole pixels and on the grid, near the corner and far from it. */
const at = fc.oneof(
  fc.integer({ min: -20, max: 400 }),
  fc.integer({ min: 0, max: 2 ** 17 }).map((n) => n + 77 / 256),
);
const side = fc.oneof(
  fc.nat(300).map((n) => n / 256),
  fc.nat(300),
  fc.constantFrom(255.996_093_75, 256, 3000.5),
);
const angle = fc.constantFrom(0, 0.7);
const corner = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
const ring = fc.array(corner, { minLength: 3, maxLength: 12 });
const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    kind: fc.constantFrom('point', 'box', 'ellipse', 'line', 'polygon', 'image'),
    x: at,
    y: at,
    width: side,
    height: side,
    angle,
    polygons: fc.array(fc.array(ring, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
  })
  .map(({ kind, x, y, width, height, angle: turn, polygons }): Geometry => {
    const place = (points: readonly (readonly [number, number])[]): number[] =>
      points.flatMap(([u, v]) => [x + u * width, y + v * height]);
    const turned = turn === 0 ? {} : { angle: turn };
    switch (kind) {
      case 'point':
        return { kind, x, y };
      case 'box':
        return { kind, x, y, width, height, ...turned };
      case 'ellipse':
        return { kind, cx: x, cy: y, rx: width, ry: height, ...turned };
      case 'line':
        return { kind, points: place(polygons[0]![0]!) };
      case 'polygon':
        return { kind, polygons: polygons.map((rings) => rings.map(place)) };
      default:
        return { kind: 'image' };
    }
  });

/** What is drawn of a shape: its kind, box and rings in level-0 pixels. */
function drawn({ store }: Scene, id: string): unknown {
  const slot = store.slotOf(id);
  if (slot === undefined) return undefined;
  const { xy, unit } = store.verticesOf(slot);
  const first = store.firstRing[slot]!;
  return {
    kind: store.kindOf(slot),
    bounds: [...store.bounds.subarray(4 * slot, 4 * slot + 4)],
    flags: store.flags[slot],
    template: store.templates[store.style[slot]!],
    rings: Array.from({ length: store.ringCount[slot]! }, (_, r) => {
      const start = 2 * store.ringStart[first + r]!;
      return Array.from(xy.subarray(start, start + 2 * store.ringLength[first + r]!), (step) => step * unit);
    }),
  };
}

/** Adds shapes as a frame brings them, with their number as flags. */
function addAsRows(scene: Scene, shapes: readonly (readonly [number, Geometry])[]): void {
  const frame = decodeFrame(encodeFrame(shapes.map(([n, one]) => ({ ...idle, uuid: uuidOf(n), geometry: one }))));
  const rows = Uint32Array.from(shapes.keys());
  scene.apply({ addRows: { frame, rows, flags: Uint8Array.from(shapes, ([n]) => n) } });
}
function addAsShapes(scene: Scene, shapes: readonly (readonly [number, Geometry])[]): void {
  scene.apply({
    add: shapes.map(([n, one]) => ({ id: uuidOf(n), geometry: snap(one), templateId: idle.templateId, flags: n })),
  });
}

describe('shapes from a frame', () => {
  const numbered = fc.array(fc.tuple(fc.nat(40), geometry), { maxLength: 40, size: 'max' });

  it('are the same as if they had been put one by one, also when they come again, change and go', () => {
    const step = fc.record({ shapes: numbered, isBulk: fc.boolean(), gone: fc.array(fc.nat(40), { maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), at, at, (steps, x, y) => {
        const [rows, plain] = [new Scene(), new Scene()];
        for (const { shapes, isBulk, gone } of steps) {
          if (isBulk) addAsRows(rows, shapes);
          else addAsShapes(rows, shapes);
          addAsShapes(plain, shapes);
          for (const scene of [rows, plain]) scene.apply({ remove: gone.map(uuidOf) });
        }
        expect(rows.size).toBe(plain.size);
        expect(rows.ids().sort()).toEqual(plain.ids().sort());
        for (const id of plain.ids()) expect(drawn(rows, id)).toEqual(drawn(plain, id));
        for (const mode of ['area', 'outline'] as const)
          expect(rows.hit(x, y, 3, { mode }).sort()).toEqual(plain.hit(x, y, 3, { mode }).sort());
        const box = { minX: x - 50, minY: y - 50, maxX: x + 500, maxY: y + 500 };
        expect(rows.query(box).sort()).toEqual(plain.query(box).sort());
        const ring = [x - 50, y - 50, x + 500, y - 50, x, y + 500];
        for (const area of [box, ring]) expect(rows.inside(area).sort()).toEqual(plain.inside(area).sort());
      }),
      { seed: 27, numRuns: 150 },
    );
  });

  it('leave no room behind when those of other places come and go all the time', () => {
    const scene = new Scene();
    const sizes: number[] = [];
    for (let round = 0; round < 30; round++) {
      const shapes = Array.from({ length: 200 }, (_, i) => {
        const points = Array.from({ length: 60 }, (_, k) => 100 * round + ((i + 7 * k) % 90));
        return [i + 200 * (round % 2), { kind: 'line', points }] as const;
      });
      addAsRows(scene, shapes);
      scene.apply({ remove: shapes.map(([n]) => uuidOf(n)) });
      sizes.push(scene.store.verticesOf(0).xy.length);
    }
    // 6,000 vertices at a time
    expect(Math.max(...sizes)).toBeLessThan(4 * 2 * 6000);
  });

  it('find their box where the frame has told a smaller one', () => {
    const scene = new Scene();
    const square: Geometry = { kind: 'polygon', polygons: [[[0, 0, 900, 0, 900, 900, 0, 900]]] };
    const bytes = encodeFrame([{ ...idle, uuid: uuidOf(1), geometry: square }]);
    const frame = decodeFrame(bytes);
    frame.widths[0] = frame.heights[0] = 10;
    scene.apply({ addRows: { frame, rows: Uint32Array.of(0), flags: Uint8Array.of(0) } });
    expect(scene.boundsOf(uuidOf(1))).toEqual(bounds(square));
    expect(scene.hit(899, 899, 0)).toEqual([uuidOf(1)]);
  });
});
