import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';

import { LIVE_PATH, type LiveMessage } from '@exact/sdk/contract';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../core/src/db/embedded.ts';
import { upload } from '../images/tus.ts';
import {
  type Browser,
  createImageSet,
  type ServerProcess,
  signIn,
  SMALL_SLIDE,
  startServerProcess,
} from '../server-process.ts';
import { startWriter } from './writer.ts';

/** A PostgreSQL of the operator, at a fixed address, that can go away and come back. */
interface Database {
  readonly url: string;
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

async function startDatabase(dataDir: string): Promise<Database> {
  let postgres: EmbeddedPostgres | undefined = await startEmbeddedPostgres({ dataDir });
  const open = new Set<Socket>();
  // The door to it: a port of its own, since the socket of the embedded one has another name after each start.
  const door: Server = createServer((outside) => {
    const address = postgres?.connection;
    if (!address) return void outside.destroy();
    const inside = connect(join(address.host, `.s.PGSQL.${address.port}`));
    for (const socket of [outside, inside]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        outside.destroy();
        inside.destroy();
      });
    }
    outside.pipe(inside).pipe(outside);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  const away = async (): Promise<void> => {
    await postgres?.stop();
    postgres = undefined;
  };
  return {
    url: `postgres://exact@127.0.0.1:${port}/exact`,
    away,
    async back() {
      postgres = await startEmbeddedPostgres({ dataDir });
    },
    async close() {
      await away();
      for (const socket of open) socket.destroy();
      door.close();
    },
  };
}

let dataDir = '';
let database: Database;
let server: ServerProcess;
let browser: Browser;
let scene: { projectId: number; imageId: number; templateId: number };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'exact-away-'));
  database = await startDatabase(join(dataDir, 'database'));
  server = await startServerProcess({ dataDir, env: { DATABASE_URL: database.url } });
  browser = await signIn(() => server.url);
  const { projectId, imageSetId } = await createImageSet(browser);
  const uploaded = await upload(server.url, imageSetId, 'slide.svs', await readFile(SMALL_SLIDE), {
    cookie: browser.cookie,
  });
  const product = await browser.request<{ id: number }>('POST', `/projects/${projectId}/products`, { name: 'Cells' });
  const template = await browser.request<{ id: number }>(
    'POST',
    `/projects/${projectId}/products/${product.body.id}/templates`,
    { name: 'Cell', kind: 'box' },
  );
  scene = { projectId, imageId: Number(uploaded.headers.get('exact-image-id')), templateId: template.body.id };
});

afterAll(async () => {
  await server.end('SIGTERM');
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a database that goes away and comes back', () => {
  it('costs a 503 that says when to try again, and nothing that was acknowledged', async () => {
    const live = watch(scene.projectId);
    await live.ready;
    const writer = startWriter(browser, scene.imageId, scene.templateId);
    await expect.poll(() => writer.counts.acknowledged, { timeout: 20_000 }).toBeGreaterThan(5);

    await database.away();
    const addresses = ['/me', '/projects', `/images/${scene.imageId}/annotations`, `/images/${scene.imageId}`];
    for (const address of addresses) {
      const answer = await browser.request<{ code: string; detail: string }>('GET', address);
      expect({ address, status: answer.status, code: answer.body.code }).toEqual({
        address,
        status: 503,
        code: 'UNAVAILABLE',
      });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThan(3);
      expect(answer.body.detail).toMatch(/database/i);
    }
    expect(await health('live')).toEqual({ status: 200, body: { status: 'live' } });
    expect(await health('ready')).toMatchObject({
      status: 503,
      body: { status: 'not ready', database: 'failed', storage: 'ok' },
    });

    const acknowledgedBefore = writer.counts.acknowledged;
    await database.back();
    const backAt = performance.now();
    await expect
      .poll(() => writer.counts.acknowledged, { timeout: 15_000, interval: 50 })
      .toBeGreaterThan(acknowledgedBefore);
    const resumedMs = Math.round(performance.now() - backAt);
    await expect.poll(async () => (await health('ready')).status, { timeout: 15_000 }).toBe(200);

    // The open socket has either lived through it or been closed, so that the browser connects anew with its cursor.
    await writer.finish();
    const again = live.isOpen() ? live : watch(scene.projectId, live.cursor());
    await expect
      .poll(() => new Set([...live.changeIds, ...again.changeIds]), { timeout: 15_000 })
      .toEqual(new Set(writer.changeIds));
    process.stdout.write(
      `writes went on ${resumedMs} ms after the database was back; the live socket ${live.isOpen() ? 'stayed open' : 'was closed and opened again'}\n`,
    );
    for (const { close } of [live, again]) close();

    expect(writer.unexpected).toEqual([]);
    for (const [uuid, { revision }] of writer.acknowledged) {
      expect((await browser.request('GET', `/annotations/${uuid}`)).body).toMatchObject({ uuid, revision });
    }
  });
});

async function health(part: 'live' | 'ready'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/health/${part}`, { signal: AbortSignal.timeout(10_000) });
  return { status: response.status, body: await response.json() };
}

/** A browser's live channel; keeps what it was told. */
function watch(
  projectId: number,
  cursor?: string,
): {
  readonly ready: Promise<void>;
  readonly changeIds: Set<string>;
  isOpen(): boolean;
  cursor(): string | undefined;
  close(): void;
} {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${LIVE_PATH}`, {
    headers: { cookie: browser.cookie, origin: server.url },
  });
  const changeIds = new Set<string>();
  let last = cursor;
  socket.on('error', () => undefined);
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'watch', projects: [projectId], ...(cursor === undefined ? {} : { cursor }) })),
  );
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('close', (code: number) => reject(new Error(`The live channel was closed (${code}).`)));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as LiveMessage;
      if ('cursor' in message) last = message.cursor;
      if (message.type === 'ready') resolve();
      if (message.type === 'event' && message.event.topic === 'annotations.changed')
        changeIds.add((message.event as { changeId: string }).changeId);
    });
  });
  ready.catch(() => undefined); // who waits for it is told; who does not sees isOpen()
  return {
    ready,
    changeIds,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    cursor: () => last,
    close: () => socket.close(),
  };
}
