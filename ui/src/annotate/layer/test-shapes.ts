import type { Shape } from './shape-store.ts';

/** Repeatable numbers in 0…1 (mulberry32), so that tests and benchmarks see the same shapes each time. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface ShapeOptions {
  readonly seed?: number;
  /** Width and height of the image, level-0 pixels. */
  readonly extent?: number;
  /** Typical size of a shape, level-0 pixels. */
  readonly size?: number;
  readonly templates?: number;
}

function* places(
  count: number,
  options: ShapeOptions,
): Generator<{ id: string; x: number; y: number; size: number; templateId: number; random: () => number }> {
  const { seed = 1, extent = 100_000, size = 60, templates = 5 } = options;
  const random = createRandom(seed);
  for (let i = 0; i < count; i++) {
    const own = size * (0.5 + random());
    yield {
      id: `shape-${i}`,
      x: random() * (extent - own),
      y: random() * (extent - own),
      size: own,
      templateId: i % templates,
      random,
    };
  }
}

/** Boxes spread evenly over the image. */
export function makeBoxes(count: number, options: ShapeOptions = {}): Shape[] {
  return Array.from(places(count, options), ({ id, x, y, size, templateId }) => ({
    id,
    templateId,
    geometry: { kind: 'box', x, y, width: size, height: size * 0.8 },
  }));
}

/** Round polygons of 30 vertices, as of segmented nuclei. */
export function makePolygons(count: number, options: ShapeOptions = {}): Shape[] {
  return Array.from(places(count, options), ({ id, x, y, size, templateId, random }) => {
    const ring: number[] = [];
    for (let k = 0; k < 30; k++) {
      const t = (k / 30) * 2 * Math.PI;
      const r = (size / 2) * (0.85 + 0.15 * random());
      ring.push(x + size / 2 + r * Math.cos(t), y + size / 2 + r * Math.sin(t));
    }
    return { id, templateId, geometry: { kind: 'polygon', polygons: [[ring]] } };
  });
}
