/** Size and speed of the packed format and of frames: node --conditions=source packages/geometry/bench/packed.ts */
import {
  FrameBuilder,
  bounds,
  decodeFrame,
  decodeGeometry,
  encodeGeometry,
  skipGeometry,
  type Geometry,
} from '../src/index.ts';
import { makeRing, measure } from './measure.ts';

const half = (ring: number[]): number[] => ring.map((v, i) => v + ((i * 37) % 256) / 256);
const make = (shape: (i: number) => Geometry): Geometry[] => Array.from({ length: 10_000 }, (_, i) => shape(i));
const samples: Record<string, Geometry[]> = {
  'polygon, 30 points, whole px': make((i) => ({ kind: 'polygon', polygons: [[makeRing(i, 30)]] })),
  'polygon, 30 points, 1/256 px': make((i) => ({ kind: 'polygon', polygons: [[half(makeRing(i, 30))]] })),
  'polygon, 200 points, whole px': make((i) => ({ kind: 'polygon', polygons: [[makeRing(i, 200)]] })),
  'box, whole px': make((i) => ({ kind: 'box', x: 20_000 + i, y: 30_000 + i, width: 48, height: 52 })),
  'point, 1/256 px': make((i) => ({ kind: 'point', x: 20_000 + i / 256, y: 30_000 + i / 128 })),
};
const size = (list: readonly { length: number }[]): string =>
  (list.reduce((sum, { length }) => sum + length, 0) / list.length).toFixed(1);

for (const [name, geometries] of Object.entries(samples)) {
  const packed = geometries.map((geometry) => encodeGeometry(geometry));
  const json = geometries.map((geometry) => JSON.stringify(geometry));
  console.log(`\n${name}: ${size(packed)} bytes packed, ${size(json)} as JSON`);
  measure('  encode', geometries, encodeGeometry);
  measure('  JSON.stringify', geometries, JSON.stringify);
  measure('  decode', packed, (bytes) => decodeGeometry(bytes));
  measure('  JSON.parse', json, (text) => JSON.parse(text) as unknown);
  measure('  skip', packed, (bytes) => skipGeometry(bytes));
}

const polygons = samples['polygon, 30 points, whole px']!;
const rows = Array.from({ length: 10_000 }, (_, i) => {
  const geometry = polygons[i % polygons.length]!;
  const uuid = new Uint8Array(16).fill(i);
  return {
    uuid,
    templateId: i % 9,
    authorId: 1,
    revision: i,
    bounds: bounds(geometry),
    geometry: encodeGeometry(geometry),
  };
});
let frame = new Uint8Array();
console.log('\n10,000 polygons of 30 points in a frame');
measure('  build', [rows], (all) => {
  const builder = new FrameBuilder();
  for (const row of all) builder.append(row);
  frame = builder.finish();
});
console.log(`  ${(frame.length / rows.length).toFixed(1)} bytes a row`);
measure('  open', [frame], (bytes) => decodeFrame(bytes));
measure('  open and decode all', [frame], (bytes) => {
  const opened = decodeFrame(bytes);
  for (let i = 0; i < opened.count; i++) opened.geometryAt(i);
});
