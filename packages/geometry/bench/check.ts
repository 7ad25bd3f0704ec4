/** Speed of the checks: node --conditions=source packages/geometry/bench/check.ts */
import { checkGeometry } from '../src/index.ts';
import { makeRing, measure } from './measure.ts';

const boxes = Array.from({ length: 50_000 }, (_, i) => ({ kind: 'box', x: i, y: 2 * i, width: 40.5, height: 30 }));
const polygons = Array.from({ length: 10_000 }, (_, i) => ({ kind: 'polygon', polygons: [[makeRing(i, 30)]] }));
const polygons200 = Array.from({ length: 2000 }, (_, i) => ({ kind: 'polygon', polygons: [[makeRing(i, 200)]] }));
const check = (value: unknown): void => {
  const result = checkGeometry(value);
  if (!result.ok) throw new Error(result.message);
};
measure('box', boxes, check);
measure('polygon of 30 points', polygons, check);
measure('polygon of 200 points', polygons200, check);

// The worst inputs that are allowed: 100,000 points.
const n = 100_000;
// Diagonal teeth: all pairs of bounding boxes overlap, but nothing crosses.
const comb = Array.from({ length: 24_999 }, (_, i) => i)
  .flatMap((i) => [i, i + 1e6, i + 1e6, i, i + 1e6 + 0.25, i + 0.25, i + 0.5, i + 1e6 + 0.5])
  .concat(1.9e6, 1.9e6, -10, 1.9e6);
const circle = Array.from({ length: n }, (_, i) => [
  1e6 + 1e6 * Math.cos((2 * Math.PI * i) / n),
  1e6 + 1e6 * Math.sin((2 * Math.PI * i) / n),
]).flat();
const random = Array.from({ length: 2 * n }, (_, i) => (i * 7_919_317) % 1_999_993);
const fan = Array.from({ length: n / 2 }, (_, i) => [0, 0, 1000, i / 64]).flat();
const holes = [[-9, -9, 300_000, -9, 300_000, 9000, -9, 9000]];
for (let i = 0; i < 9999; i++) {
  const [x, y] = [(i % 100) * 2000, Math.floor(i / 100) * 50];
  holes.push([x, y, x + 900, y, x + 900, y + 9, x + 500, y + 20, x, y + 9]);
}
for (const [name, rings] of Object.entries({ comb: [comb], circle: [circle], random: [random], fan: [fan], holes })) {
  const start = performance.now();
  const result = checkGeometry({ kind: 'polygon', polygons: [rings] });
  console.log(`${name}: ${(performance.now() - start).toFixed(0)} ms, ${result.ok ? 'ok' : result.message}`);
}
