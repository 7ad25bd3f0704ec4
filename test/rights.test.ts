import { COLLABORATIONS } from '@exact/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED, EVERYBODY, expected, PLUGIN_IDS, PROJECT_PLUGINS } from './rights/expected.ts';
import { type Answer, serveStubs, type Stubs } from './rights/stubs.ts';
import { type Ids, makeRightsWorld, type RightsWorld } from './rights/world.ts';

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
      'label-statistics',
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
