import { LIVE_PATH, type LiveMessage, type LiveRequest } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { loadConfig } from '../../config.ts';
import { createPlatform, type Platform } from '../../platform.ts';
import { quietLog } from '../../test-support.ts';
import { type BootedKernel, bootTestKernel } from '../../testing.ts';

// Two servers on one database, as behind nginx.

const VIEW = { x: 100, y: 200, width: 800, height: 600, rotation: 0 };
const WAIT = { timeout: 20_000, interval: 20 };
const SLOW = { timeout: 20_000, interval: 250 };

let kernel: BootedKernel;
let second: Platform;
let urls: readonly [string, string];
let people: Record<'anna' | 'ben' | 'vera', TestPerson>;
let project: { id: number; imageId: number };
/** Another one, in which people see each other all the time. */
let open: { id: number; imageId: number };
/** Hears what the processes tell each other. */
let spy: pg.Client;
const notices: string[] = [];
const sockets: WebSocket[] = [];

beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  second = await createPlatform({
    config: loadConfig({ PORT: '0', EXACT_DATA_DIR: kernel.dataDir, EXACT_DEMO: '0', EXACT_WORKERS: '1' }),
    log: quietLog,
    database: { url: kernel.databaseUrl },
    pluginFolders: [],
  });
  urls = [kernel.url, await second.listen()];
  project = await makeProject('slide');
  open = await makeProject('other slide');
  const person = (name: string) => kernel.person(name);
  people = { anna: await person('anna'), ben: await person('ben'), vera: await person('vera') };
});
async function makeProject(image: string) {
  const { id, imageSetId } = await kernel.project({ anna: 'manager', ben: 'annotator', vera: 'viewer' });
  const [row] = await kernel.platform.database.sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, width, height, size_bytes, sha256, content_version)
     values ($1, $2, $2, 'ready', $2, 20000, 10000, 1, '\\x00', '1') returning id`,
    [imageSetId, image],
  );
  return { id, imageId: row?.id ?? 0 };
}
beforeEach(async () => {
  spy = new pg.Client({ connectionString: kernel.databaseUrl });
  spy.on('error', () => undefined);
  await spy.connect();
  spy.on('notification', ({ payload }) => notices.push(payload ?? ''));
  await spy.query('listen exact_presence');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await spy.end();
});
afterAll(async () => {
  second?.server.closeAllConnections();
  await second?.stop('test');
  await kernel?.close();
});

async function watching(who: TestPerson, at: 0 | 1) {
  const socket = new WebSocket(urls[at].replace('http', 'ws') + LIVE_PATH, {
    headers: { cookie: who.cookie, origin: urls[at] },
  });
  sockets.push(socket);
  const messages: LiveMessage[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as LiveMessage));
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const send = (request: LiveRequest) => socket.send(JSON.stringify(request));
  const beat = (x: number, { id: projectId, imageId } = project) =>
    send({ type: 'presence', projectId, imageId, view: { ...VIEW, x } });
  /** Everything that was sent before is answered. */
  const settle = async () => {
    const pongs = () => messages.filter(({ type }) => type === 'pong').length;
    const before = pongs();
    send({ type: 'ping' });
    await vi.waitFor(() => expect(pongs()).toBe(before + 1), WAIT);
  };
  const seen = () =>
    messages.flatMap((message): (number | string)[] =>
      message.type === 'presence' ? [message.view.x] : message.type === 'absent' ? ['absent'] : [],
    );
  send({ type: 'watch', projects: [project.id, open.id] });
  await vi.waitFor(() => expect(messages.some(({ type }) => type === 'ready')).toBe(true), WAIT);
  return { beat, settle, seen, socket, messages };
}

/** Until both processes have told it. */
async function setMode(collaboration: string): Promise<void> {
  const probes = [await watching(people.anna, 0), await watching(people.anna, 1)];
  const { status } = await people.anna.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration });
  expect(status).toBe(200);
  for (const { messages } of probes)
    await vi.waitFor(() => expect(JSON.stringify(messages)).toContain('"what":"project"'), WAIT);
  for (const { socket } of probes) socket.close();
}

/** Whatever the processes had to tell each other before, they have told: they tell this behind it. */
async function allIsTold(): Promise<void> {
  for (const at of [0, 1] as const) {
    const marker = await watching(people.anna, at);
    const x = 1000 + marks++;
    marker.beat(x, open);
    await vi.waitFor(() => expect(notices.join()).toContain(`"x":${x},`), WAIT);
    marker.socket.close();
  }
}
let marks = 0;
const aboutProject = () => notices.filter((notice) => notice.includes(`"projectId":${project.id},`));

describe('presence between two servers on one database', () => {
  it('goes both ways between people who may read the image, and ends with the socket', async () => {
    const [anna, vera] = [await watching(people.anna, 0), await watching(people.vera, 1)];
    vera.beat(1);
    await vi.waitFor(() => expect(notices.join()).toContain('"x":1,'), WAIT);
    anna.beat(42);
    await vi.waitFor(() => expect(vera.seen()).toEqual([42]), WAIT);
    await vi.waitFor(() => expect(anna.seen()).toEqual([1]), WAIT);
    anna.socket.close();
    await vi.waitFor(() => expect(vera.seen()).toEqual([42, 'absent']), WAIT);
  });

  it('goes on after the database was away', async () => {
    const [anna, ben] = [await watching(people.anna, 0), await watching(people.ben, 1)];
    ben.beat(1);
    await ben.settle();
    anna.beat(2);
    await vi.waitFor(() => expect(ben.seen()).toEqual([2]), WAIT);
    const killer = new pg.Client({ connectionString: kernel.databaseUrl });
    await killer.connect();
    await killer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await killer.end();
    // As browsers do: they come back when they were cut off, and go on saying where they are.
    let again = [anna, ben] as const;
    await vi.waitFor(async () => {
      if (again.some(({ socket }) => socket.readyState !== socket.OPEN))
        again = [await watching(people.anna, 0), await watching(people.ben, 1)];
      again[1].beat(3);
      again[0].beat(4);
      expect(again[1].seen()).toContain(4);
      expect(again[0].seen()).toContain(3);
    }, SLOW);
  });

  it.each(['blind', 'secondOpinion'])(
    'is nothing at all in the mode %s, not even between the processes',
    async (mode) => {
      await setMode(mode);
      await allIsTold();
      notices.length = 0;
      const [anna, ben, vera] = [
        await watching(people.anna, 0),
        await watching(people.ben, 1),
        await watching(people.vera, 0),
      ];
      for (const client of [anna, ben, vera]) client.beat(5);
      for (const client of [anna, ben, vera]) await client.settle();
      anna.socket.close();
      for (const client of [ben, vera]) client.beat(6);
      await allIsTold();
      await ben.settle();
      await vera.settle();
      expect(aboutProject()).toEqual([]);
      expect([anna.seen(), ben.seen(), vera.seen()]).toEqual([[], [], []]);
      await setMode('cooperative');
    },
  );

  it('stops when a project becomes blind while people look from different servers', async () => {
    const [anna, ben] = [await watching(people.anna, 0), await watching(people.ben, 1)];
    await vi.waitFor(() => {
      ben.beat(1); // again, as browsers do: the other server may not have heard of the mode yet
      anna.beat(7);
      expect(ben.seen()).toContain(7);
    }, SLOW);
    const before = new Set(ben.seen());
    await setMode('blind');
    anna.beat(8);
    await anna.settle();
    anna.socket.close();
    await allIsTold();
    await ben.settle();
    expect(new Set(ben.seen())).toEqual(before);
    expect(notices.join()).not.toContain('"x":8,');
    await setMode('cooperative');
  });
});
