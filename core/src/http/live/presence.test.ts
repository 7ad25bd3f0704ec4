import { LIVE_PATH, type LiveMessage, type LiveRequest } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type BootedKernel, bootTestKernel } from '../../testing.ts';
import { createPresence, type Presence, type PresenceMessage, type PresenceRequest } from './presence.ts';
import { createPresenceRelay } from './presence-relay.ts';
import { readRequest } from './requests.ts';

const VIEW = { x: 100, y: 200, width: 800, height: 600, rotation: 0 };
const WAIT = { timeout: 10_000, interval: 10 };

describe('who is on an image', () => {
  let presence: Presence;
  const allowed = new Set<string>();
  beforeEach(() => {
    vi.useFakeTimers();
    presence = createPresence();
    allowed.clear();
  });
  afterEach(() => vi.useRealTimers());

  function sit(userId: number) {
    const got: PresenceMessage[] = [];
    allowed.add(`${userId}`);
    const seat = presence.join({
      principal: () => ({ userId }) as Principal,
      mayMeet: async () => allowed.has(`${userId}`),
      send: (message, isDue) => void isDue().then((is) => is && got.push(message)),
    });
    const beat = (more: Partial<PresenceRequest> = {}) =>
      seat.beat({ type: 'presence', projectId: 1, imageId: 7, view: VIEW, ...more });
    return { got, seat, beat };
  }
  const said = ({ got }: { got: PresenceMessage[] }) =>
    got.map((message) => (message.type === 'presence' ? `${message.userId} at ${message.view.x}` : 'absent'));

  it('is told to those on it: who is there already, who moves, who leaves', async () => {
    const [ada, ben, elsewhere] = [sit(1), sit(2), sit(3)];
    await elsewhere.beat({ imageId: 8 });
    await ada.beat();
    await ben.beat({ view: { ...VIEW, x: 5 } });
    await ada.beat({ view: { ...VIEW, x: 300 } });
    ada.seat.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ada)).toEqual(['2 at 5']);
    expect(said(ben)).toEqual(['1 at 100', '1 at 300', 'absent']);
    expect(said(elsewhere)).toEqual([]);
  });

  it('is over ten seconds after the last sign of life, and at once on another image', async () => {
    const [ada, ben] = [sit(1), sit(2)];
    await ben.beat();
    await ada.beat();
    await vi.advanceTimersByTimeAsync(6000);
    await ben.beat();
    await vi.advanceTimersByTimeAsync(3900);
    expect(said(ben)).toEqual(['1 at 100']);
    await vi.advanceTimersByTimeAsync(200);
    expect(said(ben)).toEqual(['1 at 100', 'absent']);
    await ada.beat();
    await ada.beat({ imageId: 8 });
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ben)).toEqual(['1 at 100', 'absent', '1 at 100', 'absent']);
  });

  it('begins again after a word of leaving, and never after the socket has gone', async () => {
    const [ada, ben] = [sit(1), sit(2)];
    await ben.beat();
    await ada.beat();
    ada.seat.leave();
    await ada.beat();
    ada.seat.end();
    await ada.beat();
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ben)).toEqual(['1 at 100', 'absent', '1 at 100', 'absent']);
  });

  it('shows others to somebody who does not want to be seen, and not the other way round', async () => {
    const [ada, ben] = [sit(1), sit(2)];
    await ada.beat();
    await ben.seat.beat({ type: 'presence', projectId: 1, imageId: 7 });
    await ada.beat({ view: { ...VIEW, x: 9 } });
    await ben.beat();
    await ben.seat.beat({ type: 'presence', projectId: 1, imageId: 7 });
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ben).slice(0, 2)).toEqual(['1 at 100', '1 at 9']);
    expect(said(ada)).toEqual(['2 at 100', 'absent']);
  });

  it('is not told to one’s own other window, and two windows of one person are two places', async () => {
    const [first, second, ben] = [sit(1), sit(1), sit(2)];
    await ben.beat();
    await first.beat();
    await second.beat({ view: { ...VIEW, x: 1 } });
    await vi.advanceTimersByTimeAsync(0);
    expect(said(first)).toEqual(['2 at 100']);
    expect(new Set(ben.got.map(({ id }) => id)).size).toBe(2);
  });

  it('is looked at anew for each message: who may not meet others any more gets and gives nothing', async () => {
    const [ada, ben] = [sit(1), sit(2)];
    await ada.beat();
    await ben.beat();
    await vi.advanceTimersByTimeAsync(0);
    allowed.delete('2');
    await ada.beat({ view: { ...VIEW, x: 2 } });
    await ben.beat({ view: { ...VIEW, x: 3 } });
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ben)).toEqual(['1 at 100']);
    expect(said(ada)).toEqual(['2 at 100', 'absent']);
  });

  it('is passed on eight times a second at most, and a flood is an offence', async () => {
    const [ada, ben] = [sit(1), sit(2)];
    await ben.beat();
    vi.setSystemTime(new Date('2026-01-01T00:00:00Z'));
    const answers: boolean[] = [];
    for (let i = 0; i < 120; i++) answers.push(await ada.beat({ view: { ...VIEW, x: i } }));
    await vi.advanceTimersByTimeAsync(0);
    expect(said(ben)).toHaveLength(8);
    expect([answers[98], answers[99]]).toEqual([true, false]);
  });
});

describe('who is on an image, by several processes', () => {
  const bus = new Map<string, { hear(notice: string): void; isAlive: boolean }>();
  const notices: string[] = [];
  let isCut = false;
  beforeEach(() => {
    vi.useFakeTimers();
    bus.clear();
    notices.length = 0;
    isCut = false;
  });
  afterEach(() => vi.useRealTimers());

  function boot(name: string) {
    const line = { hear: (_notice: string): void => undefined, isAlive: true };
    bus.set(name, line);
    const relay = createPresenceRelay({
      async send(notice) {
        if (isCut) throw new Error('The connection for events is closed.');
        if (!line.isAlive) return;
        notices.push(notice);
        for (const other of bus.values()) if (other !== line) other.hear(notice);
      },
      onNotice: (handler) => (line.hear = handler),
    });
    const presence = createPresence(relay);
    const allowed = new Set<number>();
    return {
      ...{ line, presence, allowed },
      sit(userId: number) {
        const got: string[] = [];
        allowed.add(userId);
        const seat = presence.join({
          principal: () => ({ userId }) as Principal,
          mayMeet: async () => allowed.has(userId),
          send: (message, isDue) =>
            void isDue().then(
              (is) => is && got.push(message.type === 'absent' ? 'absent' : `${message.userId} at ${message.view.x}`),
            ),
        });
        const beat = (more: Partial<PresenceRequest> = {}) =>
          seat.beat({ type: 'presence', projectId: 1, imageId: 7, view: VIEW, ...more });
        return { got, seat, beat };
      },
    };
  }
  const pass = (ms = 300) => vi.advanceTimersByTimeAsync(ms);

  it('is told as within one: who is there already, who moves, who goes elsewhere, who leaves', async () => {
    const [one, two] = [boot('one'), boot('two')];
    const [ada, ben, elsewhere] = [one.sit(1), two.sit(2), two.sit(3)];
    await elsewhere.beat({ imageId: 8 });
    await ada.beat();
    await pass();
    await ben.beat({ view: { ...VIEW, x: 5 } });
    await pass();
    await ada.beat({ view: { ...VIEW, x: 300 } });
    await pass();
    await ada.beat({ imageId: 8, view: { ...VIEW, x: 4 } });
    await pass();
    ada.seat.leave();
    await pass();
    expect(ben.got).toEqual(['1 at 100', '1 at 300', 'absent']);
    expect(elsewhere.got).toEqual(['1 at 4', 'absent']);
    expect(ada.got).toEqual(['2 at 5', '3 at 100']);
  });

  it('is told four times a second at most, with the last place, in notices that PostgreSQL takes', async () => {
    const [one, two] = [boot('one'), boot('two')];
    const ben = two.sit(2);
    await ben.beat();
    const others = Array.from({ length: 60 }, (_, i) => one.sit(10 + i));
    for (let i = 0; i < 8; i++) {
      for (const other of others)
        await other.beat({ view: { ...VIEW, x: i + 1 / 3, y: -2e7 / 3 }, tool: 'x'.repeat(32) });
      await pass(125);
    }
    await pass(250);
    const count = (x: string) => ben.got.filter((text) => text === `10 at ${x}`).length;
    expect(ben.got.filter((text) => text.startsWith('10 at')).length).toBeLessThanOrEqual(5);
    expect(count(String(7 + 1 / 3))).toBe(1);
    expect(Math.max(...notices.map((notice) => Buffer.byteLength(notice)))).toBeLessThan(7000);
  });

  it('is over ten seconds after the last word of a process that has died, and at once for one that stops', async () => {
    const [one, two, three] = [boot('one'), boot('two'), boot('three')];
    const [ada, ben, cleo] = [one.sit(1), two.sit(2), three.sit(3)];
    await ada.beat();
    await cleo.beat({ view: { ...VIEW, x: 9 } });
    await pass();
    one.line.isAlive = false;
    await ben.beat();
    await pass();
    cleo.seat.end();
    await three.presence.close();
    await pass();
    expect(ben.got.toSorted()).toEqual(['1 at 100', '3 at 9', 'absent']);
    await pass(5000);
    await ben.beat();
    await pass(3800);
    expect(ben.got).toHaveLength(3);
    await pass(1000);
    expect(ben.got).toEqual([...ben.got.slice(0, 3), 'absent']);
  });

  it('is asked for each receiver where that one is, and is not told while that one may not meet others', async () => {
    const [one, two] = [boot('one'), boot('two')];
    const [ada, ben] = [one.sit(1), two.sit(2)];
    await ben.beat();
    two.allowed.delete(2);
    await ada.beat();
    await pass();
    expect(ben.got).toEqual([]);
    two.allowed.add(2);
    await ada.beat({ view: { ...VIEW, x: 3 } });
    await pass();
    expect(ben.got).toEqual(['1 at 3']);
  });

  it('goes between no processes for who may not meet others, or does not want to be seen', async () => {
    const one = boot('one');
    boot('two');
    const [ada, ben] = [one.sit(1), one.sit(2)];
    one.allowed.delete(1);
    await ada.beat();
    await ben.seat.beat({ type: 'presence', projectId: 1, imageId: 7 });
    ben.seat.leave();
    ada.seat.end();
    await pass();
    expect(notices).toEqual([]);
  });

  it('says a place no more, once its person may not meet others, and that only', async () => {
    const one = boot('one');
    const ada = one.sit(1);
    await ada.beat();
    await pass();
    notices.length = 0;
    await ada.beat({ view: { ...VIEW, x: 1 } });
    one.allowed.delete(1);
    await ada.beat({ view: { ...VIEW, x: 2 } });
    await pass();
    expect(notices.map((notice) => JSON.parse(notice))).toEqual([[{ id: expect.any(String) }]]);
  });

  it('is not told to one’s own window at another process', async () => {
    const [one, two] = [boot('one'), boot('two')];
    const [first, second] = [one.sit(1), two.sit(1)];
    await first.beat();
    await second.beat();
    await pass();
    expect([first.got, second.got]).toEqual([[], []]);
  });

  it('goes on by itself after the line was cut', async () => {
    const [one, two] = [boot('one'), boot('two')];
    const [ada, ben] = [one.sit(1), two.sit(2)];
    await ben.beat();
    isCut = true;
    await ada.beat();
    await pass();
    expect(ben.got).toEqual([]);
    isCut = false;
    await ada.beat({ view: { ...VIEW, x: 2 } });
    await pass();
    expect(ben.got).toEqual(['1 at 2']);
  });

  it.each([
    ['no JSON', 'wake'],
    ['no list', '{"id":1}'],
    ['what is no window', '[1,null,{"id":"x","userId":1}]'],
    [
      'a place of nobody',
      JSON.stringify([{ ...{ id: 'a'.repeat(36), userId: 'me' }, projectId: 1, imageId: 7, view: VIEW }]),
    ],
    ['a person nowhere', JSON.stringify([{ id: 'a'.repeat(36), userId: 3 }])],
  ])('takes no notice of %s', async (_, notice) => {
    const one = boot('one');
    const ada = one.sit(1);
    await ada.beat();
    one.line.hear(notice);
    await pass();
    expect(ada.got).toEqual([]);
  });
});

describe('a request about presence', () => {
  const read = (more: object) => readRequest(JSON.stringify({ type: 'presence', projectId: 1, imageId: 7, ...more }));
  it('is taken as it is, without what does not belong to it', () => {
    expect(read({ view: { ...VIEW, more: 1 }, tool: 'rotated-box', name: 'x' })).toEqual({
      ...{ type: 'presence', projectId: 1, imageId: 7, view: VIEW, tool: 'rotated-box' },
    });
    expect(read({})).toEqual({ type: 'presence', projectId: 1, imageId: 7 });
  });
  it.each([
    ['no image', { imageId: 0 }],
    ['a text for an id', { projectId: '1' }],
    ['an empty view', { view: { ...VIEW, width: 0 } }],
    ['a view without end', { view: { ...VIEW, x: 1e300 } }],
    ['a number that is none', { view: { ...VIEW, y: null } }],
    ['a list for a view', { view: [1, 2, 3, 4, 5] }],
    ['a tool of many words', { tool: 'a b' }],
    ['too much', { more: 'x'.repeat(1000) }],
  ])('is none with %s', (_, more) => {
    expect(read(more)).toBeUndefined();
  });
});

describe('presence on a server', () => {
  let kernel: BootedKernel;
  let people: Record<'anna' | 'ben' | 'vera' | 'out', TestPerson>;
  let project: { id: number; imageId: number };
  const sockets: WebSocket[] = [];

  beforeAll(async () => {
    kernel = await bootTestKernel({ plugins: [] });
    const { id, imageSetId } = await kernel.project({ anna: 'manager', ben: 'annotator', vera: 'viewer' });
    const [image] = await kernel.platform.database.sql.query<{ id: number }>(
      `insert into core.image (image_set_id, public_name, private_name, state, original_key, width, height, size_bytes, sha256, content_version)
       values ($1, 'slide', 'slide', 'ready', 'key', 20000, 10000, 1, '\\x00', '1') returning id`,
      [imageSetId],
    );
    project = { id, imageId: image?.id ?? 0 };
    const person = (name: string) => kernel.person(name);
    people = {
      anna: await person('anna'),
      ben: await person('ben'),
      vera: await person('vera'),
      out: await person('out'),
    };
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(() => kernel?.close());

  async function watching(who: TestPerson) {
    const socket = new WebSocket(kernel.url.replace('http', 'ws') + LIVE_PATH, {
      headers: { cookie: who.cookie, origin: kernel.url },
    });
    sockets.push(socket);
    const bytes: string[] = [];
    socket.on('message', (data: Buffer) => bytes.push(data.toString()));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const send = (request: LiveRequest | object) => socket.send(JSON.stringify(request));
    const got = () => bytes.map((text) => JSON.parse(text) as LiveMessage);
    const beat = (more: object = {}) =>
      send({ type: 'presence', projectId: project.id, imageId: project.imageId, view: VIEW, ...more });
    /** Everything that was sent before is answered. */
    const settle = async () => {
      const before = got().filter(({ type }) => type === 'pong').length;
      send({ type: 'ping' });
      await vi.waitFor(() => expect(got().filter(({ type }) => type === 'pong')).toHaveLength(before + 1), WAIT);
    };
    send({ type: 'watch', projects: [project.id] });
    await vi.waitFor(() => expect(got().some(({ type }) => type === 'ready')).toBe(true), WAIT);
    return { bytes, got, send, beat, settle, closed, socket };
  }
  const seen = (client: { got(): LiveMessage[] }): (number | string)[] =>
    client
      .got()
      .flatMap((message): (number | string)[] =>
        message.type === 'presence' ? [message.view.x] : message.type === 'absent' ? ['absent'] : [],
      );
  /** Until everybody who watches has heard of it. */
  async function setMode(collaboration: string): Promise<void> {
    const probe = await watching(people.anna);
    const { status } = await people.anna.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration });
    expect(status).toBe(200);
    await vi.waitFor(() => expect(JSON.stringify(probe.got())).toContain('"what":"project"'), WAIT);
    probe.socket.close();
    await probe.closed;
  }

  it('goes between people who may read the image, and ends with the socket', async () => {
    const [anna, vera] = [await watching(people.anna), await watching(people.vera)];
    vera.beat();
    await vera.settle();
    anna.beat({ view: { ...VIEW, x: 42 }, tool: 'brush' });
    await vi.waitFor(() => expect(seen(vera)).toEqual([42]), WAIT);
    await vi.waitFor(() => expect(seen(anna)).toEqual([100]), WAIT);
    expect(vera.got().find(({ type }) => type === 'presence')).toMatchObject({
      ...{ imageId: project.imageId, projectId: project.id, tool: 'brush' },
      userId: (await people.anna.request('GET', '/api/v2/me')).body.id,
    });
    anna.socket.close();
    await vi.waitFor(() => expect(seen(vera)).toEqual([42, 'absent']), WAIT);
  });

  it('is nothing to somebody outside of the project, and nothing for an image of another one', async () => {
    const [anna, out] = [await watching(people.anna), await watching(people.out)];
    out.beat();
    await out.settle();
    anna.beat();
    anna.beat({ imageId: project.imageId + 1000 });
    anna.beat({ projectId: project.id + 1000 });
    await anna.settle();
    await out.settle();
    expect([seen(out), seen(anna)]).toEqual([[], []]);
  });

  it('ends with the membership', async () => {
    const [anna, vera] = [await watching(people.anna), await watching(people.vera)];
    vera.beat();
    await vera.settle();
    anna.beat();
    await vi.waitFor(() => expect(seen(vera)).toEqual([100]), WAIT);
    const { body: me } = await people.vera.request('GET', '/api/v2/me');
    await people.anna.request('DELETE', `/api/v2/projects/${project.id}/members/${me.id}`);
    anna.beat({ view: { ...VIEW, x: 7 } });
    await anna.settle();
    await vera.settle();
    expect(seen(vera)).toEqual([100]);
    await people.anna.request('PUT', `/api/v2/projects/${project.id}/members/${me.id}`, { role: 'viewer' });
  });

  it.each(['blind', 'secondOpinion'])(
    'is nothing at all in the mode %s: others are there or not, to the last byte',
    async (mode) => {
      await setMode(mode);
      /** What ben gets, with cursors, which tell the time, taken out. */
      const day = async (areOthersThere: boolean): Promise<string[]> => {
        const ben = await watching(people.ben);
        const others = areOthersThere ? [await watching(people.anna), await watching(people.vera)] : [];
        for (const other of others) other.beat();
        for (const other of others) await other.settle();
        ben.beat();
        for (const other of others) other.beat({ view: { ...VIEW, x: 1 } });
        for (const other of others) await other.settle();
        for (const other of others) expect(seen(other)).toEqual([]); // managers get nothing, either
        ben.beat({ view: undefined });
        for (const other of others) other.socket.close();
        for (const other of others) await other.closed;
        await ben.settle();
        return ben.bytes.map((text) => text.replace(/"cursor":"\d+"/, '"cursor":""'));
      };
      expect(await day(true)).toEqual(await day(false));
      await setMode('cooperative');
    },
  );

  it('stops when a project becomes blind while people look', async () => {
    const [anna, ben] = [await watching(people.anna), await watching(people.ben)];
    ben.beat();
    await ben.settle();
    anna.beat();
    await vi.waitFor(() => expect(seen(ben)).toEqual([100]), WAIT);
    await setMode('blind');
    anna.beat({ view: { ...VIEW, x: 8 } });
    await anna.settle();
    anna.socket.close();
    await anna.closed;
    await ben.settle();
    expect(seen(ben)).toEqual([100]);
    await setMode('cooperative');
  });

  it.each([
    ['a view that is none', { view: 'all' }],
    ['a flood of letters', { tool: 'x'.repeat(2000) }],
  ])('closes the socket for %s', async (_, more) => {
    const anna = await watching(people.anna);
    anna.beat(more);
    expect(await anna.closed).toBe(1008);
  });

  it('closes the socket for a flood of messages', async () => {
    const anna = await watching(people.anna);
    for (let i = 0; i < 250; i++) anna.beat({ view: { ...VIEW, x: i } });
    expect(await anna.closed).toBe(1008);
  });
});
