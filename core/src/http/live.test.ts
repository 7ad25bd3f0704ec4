import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIVE_PATH, type LiveMessage, type LiveRequest } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createScene, type Scene } from '../annotations/fixture.testing.ts';
import { quietLog } from '../test-support.ts';
import { type AccessChange, createEventFilter, createLive, type Live } from './live.ts';

let scene: Scene;
let server: Server;
let live: Live;
let url: string;
/** Who is signed in by which cookie, and who may read which project. */
const sessions = new Map<string, { principal: Principal; expiresAt?: Date }>();
const rights = new Set<string>();
let tellAccess: (change: AccessChange) => void;
const clients: WebSocket[] = [];
const WAIT = { timeout: 10_000, interval: 10 };

beforeAll(async () => {
  scene = await createScene();
  scene.services.outbox.start();
  live = createLive({
    log: quietLog,
    outbox: scene.services.outbox,
    filter: createEventFilter(scene.services, scene.annotations),
    access: {
      authenticate: async (headers) => sessions.get(headers.cookie ?? headers.authorization ?? ''),
      mayRead: async (principal, projectId) => rights.has(`${principal.username} ${projectId}`),
      mayMeet: async () => false,
      isBlinded: async (principal, projectId) =>
        (await scene.services.seeing.blinding.of(principal, projectId)).isBlinded,
      onAccessChange: (handler) => {
        tellAccess = handler;
        return () => undefined;
      },
    },
  });
  server = createServer();
  server.on('upgrade', (request, socket, head) => live.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}${LIVE_PATH}`;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  scene.services.taps.clear();
});
afterAll(async () => {
  await live.close();
  server.close();
  await scene.close();
});

function signIn(): void {
  sessions.set('ada', { principal: scene.ada });
  sessions.set('ben', { principal: scene.ben });
  sessions.set('Bearer token', { principal: scene.ada });
  rights.clear();
  rights.add(`ada ${scene.projectId}`).add(`ben ${scene.projectId}`);
}

interface Client {
  readonly socket: WebSocket;
  readonly got: LiveMessage[];
  readonly closed: Promise<number>;
  send(request: LiveRequest): void;
}

async function connect(cookie: string): Promise<Client> {
  const socket = new WebSocket(url, {
    headers: { cookie, origin: url.replace('ws:', 'http:').replace(LIVE_PATH, '') },
  });
  clients.push(socket);
  const got: LiveMessage[] = [];
  socket.on('message', (data: Buffer) => got.push(JSON.parse(data.toString()) as LiveMessage));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, got, closed, send: (request) => socket.send(JSON.stringify(request)) };
}

async function watching(cookie: string, cursor?: string): Promise<Client> {
  const client = await connect(cookie);
  client.send({ type: 'watch', projects: [scene.projectId], ...(cursor === undefined ? {} : { cursor }) });
  await vi.waitFor(() => expect(client.got.some(({ type }) => type === 'ready')).toBe(true), WAIT);
  return client;
}

const created = (client: Client): string[] =>
  client.got.flatMap((message) =>
    message.type === 'event' && 'created' in message.event ? message.event.created : [],
  );

/** Status of a refused upgrade. */
const refusal = (headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('open', () => resolve(101));
    socket.on('error', () => undefined);
    clients.push(socket);
  });

describe('opening', () => {
  it('needs a session, and an own origin or a token', async () => {
    signIn();
    const origin = url.replace('ws:', 'http:').replace(LIVE_PATH, '');
    expect(await refusal({ cookie: 'ada', origin })).toBe(101);
    expect(await refusal({ cookie: 'nobody', origin })).toBe(401);
    expect(await refusal({ cookie: 'ada', origin: 'http://evil.example' })).toBe(403);
    expect(await refusal({ cookie: 'ada', origin: 'null' })).toBe(403);
    expect(await refusal({ cookie: 'ada' })).toBe(403);
    expect(await refusal({ authorization: 'Bearer token' })).toBe(101);
  });
});

describe('watching', () => {
  it('shows one person what another draws, in less than a second', async () => {
    signIn();
    const [ada, ben] = [await watching('ada'), await watching('ben')];
    const draft = scene.box();
    const startedAt = performance.now();
    await scene.change(scene.ada, { create: [draft] });
    await vi.waitFor(() => expect([created(ada), created(ben)]).toEqual([[draft.uuid], [draft.uuid]]), WAIT);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('catches up after a cut connection, each event once and in order', async () => {
    signIn();
    const ben = await watching('ben');
    const drafts = Array.from({ length: 20 }, () => scene.box());
    for (const draft of drafts.slice(0, 5)) await scene.change(scene.ada, { create: [draft] });
    await vi.waitFor(() => expect(created(ben)).toHaveLength(5), WAIT);
    const cursor = ben.got.flatMap((message) => (message.type === 'event' ? message.cursor : [])).at(-1);
    ben.socket.terminate();
    for (const draft of drafts.slice(5, 12)) await scene.change(scene.ada, { create: [draft] });
    // The rest is drawn while it catches up.
    const writing = (async () => {
      for (const draft of drafts.slice(12)) await scene.change(scene.ada, { create: [draft] });
    })();
    const again = await watching('ben', cursor);
    await writing;
    await vi.waitFor(() => expect(created(again)).toHaveLength(15), WAIT);
    expect(created(again)).toEqual(drafts.slice(5).map((draft) => draft.uuid));
  });

  it('begins anew where the cursor is not known', async () => {
    signIn();
    const client = await connect('ada');
    client.send({ type: 'watch', projects: [scene.projectId], cursor: '8888888888888888' });
    await vi.waitFor(() => expect(client.got.at(-1)?.type).toBe('reset'), WAIT);
    const draft = scene.box();
    await scene.change(scene.ben, { create: [draft] });
    await vi.waitFor(() => expect(created(client)).toEqual([draft.uuid]), WAIT);
  });

  it('refuses foreign projects and shows nothing of them, replayed or live', async () => {
    signIn();
    const client = await connect('ada');
    const { sql } = scene.services.database;
    const { outbox, otherProjectId, projectId } = { ...scene, outbox: scene.services.outbox };
    client.send({ type: 'watch', projects: [projectId, otherProjectId], cursor: String(await outbox.last()) });
    await vi.waitFor(() => expect(client.got.at(-1)?.type).toBe('ready'), WAIT);
    expect(client.got[0]).toEqual({ type: 'refused', projects: [otherProjectId] });
    await outbox.append(sql, { topic: 'project.changed', projectId: otherProjectId, what: 'project' });
    await outbox.append(sql, { topic: 'project.changed', projectId, what: 'templates' });
    outbox.wake();
    await vi.waitFor(() => expect(client.got.at(-1)).toMatchObject({ type: 'event', event: { projectId } }), WAIT);
    expect(client.got.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('ends for a project with the right to read it, in the middle of the stream', async () => {
    signIn();
    const [ada, ben] = [await watching('ada'), await watching('ben')];
    const [before, after] = [scene.box(), scene.box()];
    await scene.change(scene.ada, { create: [before] });
    await vi.waitFor(() => expect(created(ben)).toEqual([before.uuid]), WAIT);
    rights.delete(`ben ${scene.projectId}`);
    tellAccess({ userId: scene.ben.userId, projectId: scene.projectId });
    await scene.change(scene.ada, { create: [after] });
    await vi.waitFor(() => expect(created(ada)).toEqual([before.uuid, after.uuid]), WAIT);
    ben.send({ type: 'ping' });
    await vi.waitFor(() => expect(ben.got.at(-1)).toEqual({ type: 'pong' }), WAIT);
    expect(created(ben)).toEqual([before.uuid]);
    expect(ben.got.filter(({ type }) => type === 'refused')).toEqual([
      { type: 'refused', projects: [scene.projectId] },
    ]);
  });

  it('looks at the rights again when another process tells of changed members', async () => {
    signIn();
    const ben = await watching('ben');
    rights.delete(`ben ${scene.projectId}`);
    await scene.services.outbox.append(scene.services.database.sql, {
      topic: 'project.changed',
      projectId: scene.projectId,
      what: 'members',
    });
    scene.services.outbox.wake();
    await vi.waitFor(() => expect(ben.got.at(-1)?.type).toBe('refused'), WAIT);
    expect(ben.got.some(({ type }) => type === 'event')).toBe(false);
  });

  it('ends within a second with the session, when it is ended and when it runs out', async () => {
    signIn();
    const ada = await watching('ada');
    const startedAt = performance.now();
    sessions.delete('ada');
    tellAccess({ userId: scene.ada.userId });
    expect(await ada.closed).toBe(4401);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    sessions.set('short', { principal: scene.ben, expiresAt: new Date(Date.now() + 300) });
    const short = await watching('short');
    sessions.delete('short');
    expect(await short.closed).toBe(4401);
  });

  it('hides the ids of what one may not see, of long changes too', async () => {
    signIn();
    const [ada, ben] = [await watching('ada'), await watching('ben')];
    scene.services.taps.set('annotations.visible', (filter: object, context: { principal?: Principal }) => ({
      ...filter,
      authorIds: [context.principal?.userId ?? 0],
    }));
    const own = scene.box();
    await scene.change(scene.ada, { create: [scene.box(), scene.box()] });
    await scene.change(scene.ada, { create: Array.from({ length: 1001 }, () => scene.box()) });
    await scene.change(scene.ben, { create: [own] });
    await vi.waitFor(() => expect(created(ben)).toEqual([own.uuid]), WAIT);
    expect(ben.got.filter(({ type }) => type === 'event')).toHaveLength(1);
    await vi.waitFor(() => expect(ada.got.filter(({ type }) => type === 'event')).toHaveLength(2), WAIT);
    expect(ada.got.at(-1)).toMatchObject({ event: { many: true } });
  });

  it('passes on the progress of jobs to those who watch their project', async () => {
    signIn();
    const ada = await watching('ada');
    live.publishProgress({ id: 'foreign', projectId: scene.otherProjectId, progress: 0.5, step: 'x' }, undefined);
    live.publishProgress({ id: 'own', projectId: scene.projectId, progress: 0.5, step: 'x' }, undefined);
    await vi.waitFor(() => expect(ada.got.filter(({ type }) => type === 'progress')).toHaveLength(1), WAIT);
    expect(ada.got.at(-1)).toMatchObject({ job: { id: 'own' } });
  });
});

describe('bad input', () => {
  it('of 500 random frames ends at most the connection that it came by', async () => {
    signIn();
    const ada = await watching('ada');
    const frames = fc.sample(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.json(),
        fc.uint8Array({ maxLength: 300 }),
        fc
          .record({ type: fc.constantFrom('watch', 'ping', 'x'), projects: fc.anything(), cursor: fc.anything() })
          .map((value) => JSON.stringify(value) ?? ''),
        fc.constant('x'.repeat(70_000)),
      ),
      500,
    );
    let client = await connect('ben');
    for (const frame of frames) {
      if (client.socket.readyState !== WebSocket.OPEN) client = await connect('ben');
      client.socket.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const draft = scene.box();
    await scene.change(scene.ben, { create: [draft] });
    await vi.waitFor(() => expect(created(ada)).toEqual([draft.uuid]), WAIT);
    await vi.waitFor(() => expect(live.connections).toBeGreaterThan(0), WAIT);
  }, 60_000);
});
