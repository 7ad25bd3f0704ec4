// Compares the write path of annotations with a bare `insert … unnest` of the same rows, interleaved on one database.
// Run: node --conditions=source core/bench/annotations-write.ts
import { randomUUID } from 'node:crypto';
import { bounds, encodeGeometry, type PolygonGeometry } from '@exact/geometry';
import { createScene } from '../src/annotations/fixture.testing.ts';
import { stopOwnTestCluster } from '../src/db/test-database.ts';

const BATCH = 1000;
const ROUNDS = 20;
const SINGLES = 300;

const scene = await createScene();
scene.services.outbox.start(); // as in the server: events are numbered beside the writing
const { sql } = scene.services.database;
// The same keys and indexes as the real table: what is compared is our part.
await sql.query('create table bare (like core.annotation including all)');

function polygon(): PolygonGeometry {
  const [x, y] = [100 + Math.random() * 19_000, 100 + Math.random() * 9000];
  const ring: number[] = [];
  for (let i = 0; i < 30; i++) {
    const angle = (i / 30) * 2 * Math.PI;
    const radius = 15 + Math.random() * 10;
    ring.push(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  return { kind: 'polygon', polygons: [[ring]] };
}

async function bare(n: number): Promise<number> {
  const rows = Array.from({ length: n }, polygon);
  const startedAt = performance.now();
  const boxes = rows.map((row) => bounds(row));
  await sql.query(
    `insert into bare (id, uuid, image_id, template_id, author_id, editor_id, kind, box, geometry) overriding system value
     select (random() * 1e15)::bigint, uuid, $1, $2, $3, $3, 4, box(point(x0, y0), point(x1, y1)), geometry
     from unnest($4::uuid[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::bytea[]) as t(uuid, x0, y0, x1, y1, geometry)`,
    [
      scene.imageId,
      scene.templates.polygon,
      scene.ada.userId,
      rows.map(() => randomUUID()),
      boxes.map((b) => b.minX),
      boxes.map((b) => b.minY),
      boxes.map((b) => b.maxX),
      boxes.map((b) => b.maxY),
      rows.map((row) => Buffer.from(encodeGeometry(row))),
    ],
  );
  return performance.now() - startedAt;
}

async function ours(n: number): Promise<number> {
  const create = Array.from({ length: n }, () => ({
    uuid: randomUUID(),
    templateId: scene.templates.polygon,
    geometry: polygon(),
  }));
  const startedAt = performance.now();
  await scene.change(scene.ada, { create });
  return performance.now() - startedAt;
}

const median = (list: number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

for (const [n, rounds] of [
  [BATCH, ROUNDS],
  [1, SINGLES],
] as const) {
  for (let i = 0; i < 3; i++) await bare(n).then(() => ours(n));
  const [bareMs, oursMs]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    bareMs.push(await bare(n));
    oursMs.push(await ours(n));
  }
  const [a, b] = [median(bareMs), median(oursMs)];
  console.log(
    `${n} a request: bare ${a.toFixed(2)} ms, ours ${b.toFixed(2)} ms (p50 of ${rounds}); rate ${(a / b).toFixed(2)} of bare, ${Math.round((n / b) * 1000)} rows/s`,
  );
}
await scene.close();
await stopOwnTestCluster();
