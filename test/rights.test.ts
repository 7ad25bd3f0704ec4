import { COLLABORATIONS } from '@exact/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED, EVERYBODY, expected, PLUGIN_IDS, PROJECT_PLUGINS } from './rights/expected.ts';
import { type Answer, serveStubs, type Stubs } from './rights/stubs.ts';
import { ABSENT_UUID, type Ids, makeRightsWorld, type RightsWorld } from './rights/world.ts';

let world: RightsWorld;
let stubs: Stubs;

beforeAll(async () => {
  world = await makeRightsWorld();
  stubs = await serveStubs(world.kernel);
});
afterAll(async () => {
  stubs?.close();
  await world?.kernel.close();
});

/** Status and code of an answer, as the table writes them. */
function told({ status, text }: Answer): string {
  const { code } = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string };
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** A refusal without what the caller has said, and without the number of the request. */
function bodyOf(text: string, ids: Ids): string {
  const said = Object.values(ids)
    .map(String)
    .sort((a, b) => b.length - a.length);
  const { instance: _, requestId: __, ...body } = JSON.parse(text) as Record<string, unknown>;
  return said.reduce(
    (rest, value) => rest.replace(new RegExp(`(?<![\\w-])${value}(?![\\w-])`, 'g'), '#'),
    JSON.stringify(body),
  );
}

const AT_ONCE = 16;

/** Does some work for each item, a few at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

describe('rights', () => {
  it('are asked of every endpoint of core and of every plugin in the repository', () => {
    expect(world.kernel.platform.kernel.plugins().filter(({ state }) => state !== 'active')).toEqual([]);
    expect(PLUGIN_IDS).toEqual(expect.arrayContaining(PROJECT_PLUGINS));
    const plugins = new Set(stubs.operations.flatMap(({ plugin }) => plugin ?? []));
    expect([...plugins].sort()).toEqual([
      'agreement',
      'annotation-import',
      'cell-scores',
      'eiph-score',
      'label-statistics',
      'media-playback',
      'screening',
      'study-modes',
      'verification',
    ]);
    expect(stubs.operations.filter(({ plugin }) => !plugin).length).toBeGreaterThan(70);
  });

  it.each(COLLABORATIONS)(
    'are as the table says in the mode %s, for every role and things that are own, of others, foreign, absent or deleted',
    { timeout: 120_000 },
    async (mode) => {
      await world.work(mode);
      const wrong: string[] = [];
      /** By endpoint: what is said of things that are not there. More than one sentence would tell them apart. */
      const refusals = new Map<string, Set<string>>();
      const calls = stubs.operations.flatMap((operation) =>
        EVERYBODY.flatMap((who) => {
          const { access } = operation.spec;
          return world
            .targets('in' in access ? access.in : undefined, who)
            .map((target) => ({ operation, who, target }));
        }),
      );
      await forEach(calls, async ({ operation, who, target }) => {
        const { spec, fullPath, plugin } = operation;
        const answer = await stubs.ask(operation, target.ids, { cookie: world.people.get(who)?.cookie ?? '' });
        const wanted = expected({ access: spec.access, plugin, who, target, mode });
        const line = `${spec.method} ${fullPath}`;
        if (told(answer) !== wanted) wrong.push(`${line} as ${who} on ${target.name}: ${told(answer)}, not ${wanted}`);
        if (wanted !== '404 NOT_FOUND' || answer.status !== 404) return;
        refusals.set(line, (refusals.get(line) ?? new Set()).add(bodyOf(answer.text, target.ids)));
      });
      process.stdout.write(`rights in ${mode}: ${stubs.operations.length} endpoints, ${calls.length} calls\n`);
      expect(wrong).toEqual([]);
      expect([...refusals].filter(([, said]) => said.size > 1)).toEqual([]);
    },
  );

  it('to upload are those to write into the image set, and an upload is there for who has begun it only', async () => {
    await world.work('cooperative');
    const { url } = world.kernel;
    const tus = { 'tus-resumable': '1.0.0' };
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const wrong: string[] = [];
    for (const who of EVERYBODY)
      for (const target of world.targets('imageSet', who)) {
        const cookie = world.people.get(who)?.cookie ?? '';
        const metadata = `imageSetId ${base64(String(target.ids['imageSetId']))},filename ${base64('a.png')}`;
        const headers = { ...tus, cookie, 'upload-length': '100', 'upload-metadata': metadata };
        const begun = await fetch(`${url}/api/v2/uploads`, { method: 'POST', headers });
        const access = { permission: 'images:write', in: 'imageSet' } as const;
        const wanted = expected({ access, plugin: undefined, who, target, mode: 'cooperative' });
        const got = told({ status: begun.status, text: await begun.text() });
        if (got !== (wanted === ALLOWED ? '201' : wanted))
          wrong.push(`${who} uploads into ${target.name}: ${got}, not ${wanted}`);
        const location = begun.headers.get('location');
        if (!location) continue;
        for (const other of EVERYBODY)
          for (const method of ['HEAD', 'PATCH', 'DELETE']) {
            if (other === who) continue;
            const { status } = await fetch(new URL(location, url), {
              method,
              headers: {
                ...tus,
                cookie: world.people.get(other)?.cookie ?? '',
                ...(method === 'PATCH'
                  ? { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }
                  : {}),
              },
              ...(method === 'PATCH' ? { body: 'x' } : {}),
            });
            if (status !== (other === 'nobody' ? 401 : 404))
              wrong.push(`${method} as ${other} on an upload of ${who}: ${status}`);
          }
      }
    expect(wrong).toEqual([]);
  });

  it('of plugins end at their project: what is in another one is answered there as what is nowhere', async () => {
    await world.work('cooperative');
    const manager = world.people.get('manager');
    const ids = new Map(world.targets('image', 'manager').map((target) => [target.name, target.ids]));
    const foreign = ids.get('a thing of another project') ?? {};
    const wrong: string[] = [];
    let tried = 0;
    for (const { spec, fullPath, plugin } of world.kernel.platform.dispatcher.operations()) {
      // With an image in the path, and no body that would be looked at first.
      if (!plugin || !fullPath.includes(':imageId') || spec.body) continue;
      const told = [];
      for (const at of [foreign, ids.get('an absent thing') ?? {}, ids.get('a deleted thing') ?? {}]) {
        const address = { tissueId: ABSENT_UUID, ...at, projectId: world.own['projectId'] ?? 0 };
        const path = fullPath.replace(/:(\w+)/g, (_, name: 'projectId') => String(address[name]));
        const { status, body } = (await manager?.request(spec.method, path)) ?? {};
        told.push(`${status} ${bodyOf(JSON.stringify(body), address)}`);
        tried++;
      }
      if (new Set(told).size > 1 || !told[0]?.startsWith('404'))
        wrong.push(`${spec.method} ${fullPath}: ${told.join('\n')}`);
    }
    expect(tried).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });

  it('let a token of scope "read" read and do nothing else', async () => {
    await world.work('cooperative');
    const made = await world.people
      .get('manager')
      ?.request('POST', '/api/v2/me/tokens', { name: 'r', scopes: ['read'] });
    const authorization = `Bearer ${made?.body.secret}`;
    const wrong: string[] = [];
    await forEach(stubs.operations, async (operation) => {
      const { access, method } = operation.spec;
      if ('public' in access || access.in === 'instance') return;
      const answer = told(await stubs.ask(operation, world.own, { authorization }));
      const wanted = method === 'GET' ? [ALLOWED, '403 FORBIDDEN'] : ['403 FORBIDDEN'];
      if (!wanted.includes(answer)) wrong.push(`${method} ${operation.fullPath}: ${answer}`);
    });
    expect(wrong).toEqual([]);
  });
});
