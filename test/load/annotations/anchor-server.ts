// What the requests of the product are compared with: a bare node:http on the same database, without session, rights,
// checks, history, events. Started by world.ts; the arguments are the socket folder of PostgreSQL and the image.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bounds, decodeGeometry, encodeGeometry, type Geometry } from '@exact/geometry';
import pg from 'pg';

const [host = '', imageId = ''] = process.argv.slice(2);
const pool = new pg.Pool({ host, port: 5432, user: 'exact', database: 'exact', max: 4 });

/** What an object-relational mapper does at best: rows, objects, JSON. */
async function asJson(box: readonly number[]): Promise<string> {
  const { rows } = await pool.query<Record<string, unknown> & { geometry: Buffer }>({
    name: 'json',
    text: `select uuid, image_id, template_id, author_id, editor_id, created_at, updated_at, revision, verdict, description, meta, geometry
           from core.annotation where image_id = $1 and deleted_at is null and box && box(point($2, $3), point($4, $5)) order by id`,
    values: [imageId, ...box],
  });
  return JSON.stringify(rows.map((row) => ({ ...row, geometry: decodeGeometry(row.geometry) })));
}

/** One bare `insert … select unnest` into a table with the keys and indexes of the real one. */
async function insert(body: string): Promise<string> {
  const { create } = JSON.parse(body) as { create: { uuid: string; templateId: number; geometry: Geometry }[] };
  const boxes = create.map(({ geometry }) => bounds(geometry));
  const { rowCount } = await pool.query({
    name: 'bulk',
    text: `insert into bench.bare (id, uuid, image_id, template_id, author_id, editor_id, kind, box, geometry) overriding system value
      select nextval('bench.bare_id'), uuid, $1, template_id, 1, 1, 4, box(point(x0, y0), point(x1, y1)), geometry
      from unnest($2::uuid[], $3::int[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::bytea[])
        as t(uuid, template_id, x0, y0, x1, y1, geometry)`,
    values: [
      imageId,
      create.map(({ uuid }) => uuid),
      create.map(({ templateId }) => templateId),
      boxes.map((box) => box.minX),
      boxes.map((box) => box.minY),
      boxes.map((box) => box.maxX),
      boxes.map((box) => box.maxY),
      create.map(({ geometry }) => Buffer.from(encodeGeometry(geometry))),
    ],
  });
  return JSON.stringify({ id: randomUUID(), count: rowCount });
}

/** The overview, counted from the rows: by template and cell of a grid of 64 by 64. */
async function group(side: number): Promise<string> {
  const { rows } = await pool.query({
    name: 'group',
    text: `select template_id, floor(((box[0])[0] + (box[1])[0]) / 2 / $2)::int as col, floor(((box[0])[1] + (box[1])[1]) / 2 / $2)::int as row,
             count(*)::int as count
           from core.annotation where image_id = $1 and deleted_at is null group by 1, 2, 3`,
    values: [imageId, side / 64],
  });
  return JSON.stringify(rows);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://anchor');
  const numbers = (url.searchParams.get('box') ?? url.searchParams.get('side') ?? '').split(',').map(Number);
  const answer = async (): Promise<string> => {
    if (url.pathname === '/json') return asJson(numbers);
    if (url.pathname === '/bulk') return insert(await bodyOf(request));
    if (url.pathname === '/group') return group(numbers[0] ?? 1);
    throw new Error(`no such address: ${url.pathname}`);
  };
  answer().then(
    (text) => response.setHeader('content-type', 'application/json').end(text),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void pool.end();
});
