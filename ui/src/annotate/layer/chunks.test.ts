import { describe, expect, it } from 'vitest';
import { buildDots, buildFills, buildLines } from './chunk-geometry.ts';
import { CHUNK_SHAPES, Chunks } from './chunks.ts';
import { Scene } from './scene.ts';
import { makeBoxes, makePolygons } from './test-shapes.ts';

const slotsOf = (chunks: Chunks) => chunks.all.flatMap((chunk) => chunk.slots).sort((a, b) => a - b);

describe('Chunks', () => {
  it('puts every shape in one chunk, near ones together', () => {
    const scene = new Scene();
    scene.apply({ add: makeBoxes(10_000) });
    const chunks = new Chunks(scene.store);
    expect(slotsOf(chunks)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(Math.max(...chunks.all.map((c) => c.slots.length))).toBeLessThanOrEqual(CHUNK_SHAPES);
    // A tenth of the shapes each: were they taken in order of loading, each chunk would cover the whole image.
    const covered = chunks.all.reduce((sum, c) => sum + (c.maxX - c.minX) * (c.maxY - c.minY), 0);
    expect(covered).toBeLessThan(3 * 100_000 ** 2);
  });

  it('makes new only the chunk that an edit touched', () => {
    const scene = new Scene();
    scene.apply({ add: makeBoxes(5000) });
    const chunks = new Chunks(scene.store);
    scene.onChange(({ slots }) => (slots ? chunks.touch(slots) : chunks.rebuild()));
    const before = chunks.all.map((c) => c.version);
    scene.apply({ update: [{ id: 'shape-7', flags: 1 }] });
    expect(chunks.all.filter((c, i) => c.version !== before[i])).toHaveLength(1);
  });

  it('follows removals and slots that are used again', () => {
    const scene = new Scene();
    scene.apply({ add: makeBoxes(3000) });
    const chunks = new Chunks(scene.store);
    scene.onChange(({ slots }) => (slots ? chunks.touch(slots) : chunks.rebuild()));
    for (let i = 0; i < 500; i++) {
      scene.apply({ remove: [`shape-${i}`] });
      if (i % 2) scene.apply({ add: [{ id: `new-${i}`, templateId: 1, geometry: { kind: 'point', x: i, y: i } }] });
    }
    const live = Array.from({ length: scene.store.size }, (_, i) => i).filter((slot) => scene.store.isLive(slot));
    expect(slotsOf(chunks)).toEqual(live);
  });
});

describe('chunk geometry', () => {
  const scene = new Scene();
  scene.apply({
    add: [
      { id: 'box', templateId: 1, geometry: { kind: 'box', x: 10, y: 10, width: 20, height: 20 } },
      { id: 'line', templateId: 1, geometry: { kind: 'line', points: [0, 0, 5, 5, 9, 0] } },
      { id: 'point', templateId: 2, geometry: { kind: 'point', x: 3, y: 4 }, flags: 2 },
      {
        id: 'ring',
        templateId: 2,
        geometry: {
          kind: 'polygon',
          polygons: [
            [
              [0, 0, 100, 0, 100, 100, 0, 100],
              [40, 40, 60, 40, 60, 60, 40, 60],
            ],
            [[200, 0, 210, 0, 210, 10]],
          ],
        },
      },
    ],
  });
  const slot = (id: string) => scene.store.slotOf(id) ?? -1;

  it('closes rings, leaves lines open and marks their ends', () => {
    const { data, count } = buildLines(scene.store, [slot('box'), slot('line')], 0, 0, false);
    const ends = Array.from({ length: count }, (_, i) => (new Uint32Array(data)[i * 3 + 2] ?? 0) >>> 24 === 1);
    expect(ends).toEqual([false, false, false, false, true, false, false, true]);
  });

  it('fills exactly the area of a polygon without its hole', () => {
    const { data, count } = buildFills(scene.store, [slot('ring')], 0, 0, false);
    const xy = new Float32Array(data);
    let area = 0;
    for (let i = 0; i < count; i += 3) {
      const at = (k: number) => [xy[(i + k) * 3] ?? 0, xy[(i + k) * 3 + 1] ?? 0] as const;
      const [[ax, ay], [bx, by], [cx, cy]] = [at(0), at(1), at(2)];
      area += Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
    }
    expect(area).toBeCloseTo(100 * 100 - 20 * 20 + 50);
  });

  it('gives every shape a dot with its style and flags', () => {
    const slots = ['box', 'line', 'point', 'ring'].map(slot);
    const { data, count } = buildDots(scene.store, slots, 0, 0);
    expect(count).toBe(4);
    const info = new Uint16Array(data).subarray(2 * 8 + 6, 2 * 8 + 8);
    expect(Array.from(info)).toEqual([1, 2]);
    expect(Array.from(new Float32Array(data).subarray(8, 11))).toEqual([3, 4, -1]);
  });

  it('keeps outlines of large rings within a few vertices when coarse', () => {
    const many = new Scene();
    many.apply({ add: makePolygons(10) });
    const fine = buildLines(many.store, [0], 0, 0, false).count;
    const coarse = buildLines(many.store, [0], 0, 0, true).count;
    expect([fine, coarse]).toEqual([31, 9]);
  });
});
