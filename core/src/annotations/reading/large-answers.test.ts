import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { decodeFrame } from '@exact/geometry';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../../testing.ts';

const COUNT = 6000;
/** Side of the square that they lie in. */
const SIDE = 16_000;

let kernel: BootedKernel;
let mia: TestPerson;
let frame: string;

beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  const { id: projectId, imageSetId } = await kernel.project({ mia: 'manager' });
  mia = await kernel.person('mia');
  const [image] = await kernel.platform.database.sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, 'a', 'x', 'ready', 'a', 1, '\\x00', 'v', 16384, 16384) returning id`,
    [imageSetId],
  );
  const product = await mia.request('POST', `/api/v2/projects/${projectId}/products`, { name: 'Cells' });
  const template = await mia.request('POST', `/api/v2/projects/${projectId}/products/${product.body.id}/templates`, {
    name: 'Cell',
    kind: 'polygon',
  });
  const create = Array.from({ length: COUNT }, (_, i) => {
    const [x, y] = [(i * 7919) % SIDE, (i * 104_729) % SIDE];
    const ring = [x, y, x + 60, y + 5, x + 70 + (i % 9), y + 80, x + 20, y + 60];
    return {
      uuid: randomUUID(),
      templateId: template.body.id as number,
      geometry: { kind: 'polygon', polygons: [[ring]] },
    };
  });
  const annotations = `/api/v2/images/${image?.id ?? 0}/annotations`;
  for (let i = 0; i < COUNT; i += 2000)
    await mia.request('POST', `${annotations}/changes`, { changeId: randomUUID(), create: create.slice(i, i + 2000) });
  frame = `${kernel.url}${annotations}/frame`;
});
afterAll(() => kernel?.close());

async function read(box: string, signal?: AbortSignal): Promise<Buffer> {
  const response = await fetch(`${frame}?box=${box}`, { headers: { cookie: mia.cookie }, ...(signal && { signal }) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** All but the cursor, which is a time. */
const rowsOf = (bytes: Buffer): string => {
  const { uuids, bounds, geometry, count } = decodeFrame(bytes);
  return JSON.stringify([
    count,
    ...[uuids, new Uint8Array(bounds.buffer), geometry].map((part) => Buffer.from(part).toString('base64')),
  ]);
};

const boxes = Array.from({ length: 8 }, (_, i) => `${i * 900},${i * 300},${9000 + i * 900},${12_000 + i * 300}`);

async function readAll(): Promise<Map<string, string>> {
  const expected = new Map<string, string>();
  for (const box of boxes) expected.set(box, rowsOf(await read(box)));
  expect(new Set(expected.values()).size).toBe(boxes.length);
  return expected;
}

/** Asks on one connection without waiting for answers, which then wait for each other. */
async function pipeline(asked: readonly string[]): Promise<Buffer[]> {
  const { hostname, port, pathname } = new URL(frame);
  const socket = connect(Number(port), hostname);
  const head = `host: ${hostname}:${port}\r\ncookie: ${mia.cookie}\r\n\r\n`;
  socket.write(asked.map((box) => `GET ${pathname}?box=${box} HTTP/1.1\r\n${head}`).join(''));
  const answers: Buffer[] = [];
  let rest = Buffer.alloc(0);
  for await (const piece of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(rest.subarray(0, end).toString())?.[1] ?? NaN);
      if (end < 0 || !(rest.length >= end + 4 + length)) break;
      answers.push(rest.subarray(end + 4, end + 4 + length));
      rest = rest.subarray(end + 4 + length);
    }
    if (answers.length === asked.length) break;
  }
  return answers;
}

it('sends each answer as it was made, also when it has to wait while others are made', async () => {
  const expected = await readAll();
  const asked = Array.from({ length: 40 }, (_, i) => boxes[(i * 3) % boxes.length] ?? '');
  const answers = await pipeline(asked);
  expect(answers.map((bytes) => bytes.length > 64 * 1024)).toEqual(asked.map(() => true)); // in room that is used again
  expect(answers.map(rowsOf)).toEqual(asked.map((box) => expected.get(box)));
});

it('sends each reader their own bytes, also when many read at once and some go away in the middle', async () => {
  const expected = await readAll();
  let gone = 0;
  for (let round = 0; round < 12; round++) {
    await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const box = boxes[(i * 5 + round) % boxes.length] ?? '';
        if (i % 4 !== 3) return expect(rowsOf(await read(box))).toBe(expected.get(box));
        const leaving = new AbortController();
        const response = await fetch(`${frame}?box=${box}`, {
          headers: { cookie: mia.cookie },
          signal: leaving.signal,
        });
        leaving.abort();
        await response.arrayBuffer().catch(() => gone++);
      }),
    );
  }
  expect(gone).toBeGreaterThan(0);
});
