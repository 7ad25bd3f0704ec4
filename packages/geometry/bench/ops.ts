/**
 * Speed of the operations on polygons, beside polyclip-ts (exact, on floating point) on the same shapes:
 * node --conditions=source packages/geometry/bench/ops.ts
 */
import * as polyclip from 'polyclip-ts';
import { area, type PolygonGeometry } from '../src/index.ts';
import {
  simplify,
  smooth,
  snapToBorders,
  splitByLine,
  strokeOutline,
  subtract,
  traceMask,
  union,
} from '../src/ops/index.ts';

/** A blob with ten bumps around (x, y), its corners off by up to a pixel, as a hand or a model draws it. */
function blob(x: number, y: number, radius: number, points: number): PolygonGeometry {
  const ring = Array.from({ length: points }, (_, i) => {
    const turn = (2 * Math.PI * i) / points;
    const r = radius * (1 + 0.15 * Math.sin(10 * turn + x)) + Math.sin(points * 0.37 * turn);
    return [Math.round(256 * (x + r * Math.cos(turn))) / 256, Math.round(256 * (y + r * Math.sin(turn))) / 256];
  }).flat();
  return { kind: 'polygon', polygons: [[ring]] };
}

function median(work: () => unknown, leastMs = 400): number {
  const times: number[] = [];
  work();
  const end = performance.now() + leastMs;
  do {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  } while (performance.now() < end || times.length < 3);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}

const say = (name: string, ours: number, theirs?: number): void =>
  console.log(
    `${name.padEnd(46)} ${ours.toFixed(2).padStart(8)} ms` +
      (theirs === undefined
        ? ''
        : `   polyclip-ts ${theirs.toFixed(1).padStart(8)} ms   ${(theirs / ours).toFixed(0)}×`),
  );

type Rings = polyclip.Geom;
const toRings = ({ polygons }: PolygonGeometry): Rings =>
  polygons.map((rings) =>
    rings.map((ring) =>
      Array.from({ length: ring.length / 2 }, (_, i): [number, number] => [ring[2 * i]!, ring[2 * i + 1]!]),
    ),
  );

for (const points of [50, 500, 5000, 20_000]) {
  const radius = 40 * Math.sqrt(points);
  const [a, b] = [blob(5000, 5000, radius, points), blob(5000 + radius * 0.8, 5000 + radius / 3, radius, points)];
  const [ringsA, ringsB] = [toRings(a), toRings(b)];
  const isQuick = points <= 5000;
  say(
    `union, blobs of ${points} points`,
    median(() => union([a, b])),
    isQuick ? median(() => polyclip.union(ringsA, ringsB)) : undefined,
  );
  say(
    `subtract, blobs of ${points} points`,
    median(() => subtract(a, [b])),
    isQuick ? median(() => polyclip.difference(ringsA, ringsB)) : undefined,
  );
}

// A brush of 30 px radius moves on by 12 px each time, over a shape that grows with it.
const path = Array.from({ length: 151 }, (_, i) => [5000 + 12 * i, 5000 + 300 * Math.sin(i / 12)]);
for (const points of [0, 500, 5000]) {
  let shape: PolygonGeometry | undefined = points > 0 ? blob(5000, 5000, 600, points) : undefined;
  let rings: Rings = shape ? toRings(shape) : [];
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let i = 1; i < path.length; i++) {
    let start = performance.now();
    const piece = strokeOutline([...path[i - 1]!, ...path[i]!], 30);
    shape = union(shape ? [shape, piece] : [piece]);
    ours.push(performance.now() - start);
    if (points > 500) continue;
    start = performance.now();
    rings = polyclip.union(rings, toRings(piece));
    theirs.push(performance.now() - start);
  }
  const sum = (values: readonly number[]): number | undefined =>
    values.length > 0 ? values.reduce((total, value) => total + value, 0) : undefined;
  say(`brush, 150 unions with ${points || 'no'} points, in all`, sum(ours)!, sum(theirs));
  say(`  one move, median`, quantile(ours, 0.5), theirs.length > 0 ? quantile(theirs, 0.5) : undefined);
  say(`  one move, 99 %`, quantile(ours, 0.99), theirs.length > 0 ? quantile(theirs, 0.99) : undefined);
  if (!shape || area(shape) === 0) throw new Error('The brush has painted nothing.');
}

const large = blob(5000, 5000, 3000, 20_000);
const cell = blob(5000, 5000, 300, 500);
const neighbours = Array.from({ length: 6 }, (_, i) =>
  blob(5000 + 600 * Math.cos((i * Math.PI) / 3), 5000 + 600 * Math.sin((i * Math.PI) / 3), 300, 500),
);
for (const [name, shape] of [
  ['500', cell],
  ['20,000', large],
] as const) {
  say(
    `split ${name} points by a line of 20`,
    median(() =>
      splitByLine(
        shape,
        path.slice(0, 20).flatMap(([x, y], i) => [x! - 4000 + 400 * i, y! + i]),
      ),
    ),
  );
  say(
    `simplify ${name} points`,
    median(() => simplify(shape, 1)),
  );
  say(
    `smooth ${name} points`,
    median(() => smooth(shape, 10)),
  );
}
say(
  'snap 500 points to six neighbours of 500',
  median(() => snapToBorders(cell, neighbours, 8)),
);
say(
  'stroke outline of 500 points at once',
  median(() => strokeOutline(Array.from({ length: 500 }, (_, i) => [i * 4, 300 * Math.sin(i / 20)]).flat(), 30)),
);
const mask = Uint8Array.from({ length: 1000 * 1000 }, (_, i) =>
  Math.hypot((i % 1000) - 500, Math.floor(i / 1000) - 500) < 400 + 40 * Math.sin(i / 37) ? 1 : 0,
);
say(
  'trace a mask of 1000 × 1000 pixels',
  median(() => traceMask(mask, 1000, 1000, { at: { x: 500, y: 500 }, minPixels: 20 })),
);
