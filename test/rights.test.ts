import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Access,
  COLLABORATIONS,
  type Collaboration,
  ExactError,
  hasRole,
  PROJECT_PERMISSIONS,
  PROJECT_ROLES,
  type ProjectRole,
} from '@exact/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../core/src/http/app.ts';
import { createDispatcher, type MountedOperation } from '../core/src/http/dispatch.ts';
import { type BootedKernel, bootTestKernel } from '../core/src/testing.ts';
import { quietLog } from '../core/src/test-support.ts';
import type { TestPerson } from '@exact/sdk/testing';

/** Answer of an endpoint that was reached: rights let the call through, and nothing was done. */
class Reached extends ExactError {
  constructor() {
    super('REACHED', 418, 'reached', {});
  }
}

type Who = 'nobody' | 'outsider' | ProjectRole | 'teamAdmin' | 'admin';
const EVERYBODY: readonly Who[] = ['nobody', 'outsider', ...PROJECT_ROLES, 'teamAdmin', 'admin'];
type Place = 'own' | 'foreign' | 'absent';
const PLACES: readonly Place[] = ['own', 'foreign', 'absent'];
/** Annotations of a project by whose they are; a deleted one has a history still and can be restored. */
const WHOSE = ['own', 'ownDeleted', 'others', 'othersDeleted', 'inShownLayer', 'inHiddenLayer', 'absent'] as const;
type Whose = (typeof WHOSE)[number];

/** The written table: what a call has to be answered with. 418 stands for "allowed". */
function expected(access: Access, who: Who, place: Place): number {
  if ('public' in access) return 418;
  if (who === 'nobody') return 401;
  if (access.in === 'self') return 418;
  if (access.in === 'instance') return who === 'admin' ? 418 : 403;
  if (place === 'absent') return 404;
  if (who === 'admin') return 418;
  if (place === 'foreign' || who === 'outsider') return 404;
  if (access.in === 'team') return access.permission === 'team:read' || who === 'teamAdmin' ? 418 : 403;
  // In projects a team administrator is what the project says: a viewer here.
  const role = who === 'teamAdmin' ? 'viewer' : who;
  const needed = PROJECT_PERMISSIONS[access.permission as keyof typeof PROJECT_PERMISSIONS];
  return hasRole(role, needed) ? 418 : 403;
}

/** As {@link expected}, in one's own project that works together in a mode. */
function expectedInMode(access: Access, who: Who, mode: Collaboration, whose: Whose): number {
  const isBlinded = mode === 'blind' && !['nobody', 'manager', 'admin'].includes(who);
  const isSealed = isBlinded && ['others', 'othersDeleted', 'inHiddenLayer'].includes(whose);
  return expected(access, who, whose === 'absent' || isSealed ? 'absent' : 'own');
}

const ABSENT = 2_000_000_000;
const ABSENT_UUID = '0199aaaa-0000-7000-8000-00000000dead';

let kernel: BootedKernel;
let server: Server;
let base: string;
let operations: readonly MountedOperation[];
const people = new Map<Who, TestPerson>();
const ids = new Map<Place, Readonly<Record<string, string | number>>>();

beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  const { auth, provision } = kernel.platform.domain;
  for (const who of EVERYBODY.slice(1))
    people.set(who, await kernel.person(who.toLowerCase(), { isAdmin: who === 'admin' }));
  const roles = Object.fromEntries([
    ...PROJECT_ROLES.map((role) => [role, role] as const),
    ['teamadmin', 'viewer' as const],
  ]);
  ids.set('own', await makeWorld(roles));
  const teamAdmin = people.get('teamAdmin');
  if (teamAdmin) await provision.ensureTeam('Test team', [{ principal: teamAdmin.principal, isTeamAdmin: true }]);
  // Nobody of the test's people but the administrator is in the other team.
  const stranger = await kernel.person('stranger');
  const otherTeam = await provision.ensureTeam('Other team', [{ principal: stranger.principal, isTeamAdmin: true }]);
  ids.set('foreign', { ...(await makeWorld({ stranger: 'manager' }, otherTeam.id)) });
  ids.set('absent', {
    teamId: ABSENT,
    projectId: ABSENT,
    imageSetId: ABSENT,
    layerId: ABSENT,
    imageId: ABSENT,
    annotationId: ABSENT_UUID,
  });

  const dispatcher = createDispatcher({
    kernel: kernel.platform.kernel,
    resolveAccess: auth.access.resolve,
    checkAnswers: false,
  });
  dispatcher.mount(
    kernel.platform.dispatcher.operations().map((operation) => ({
      name: operation.name,
      // Rights only: without a body and a query that could be wrong, and nothing is ever done.
      spec: {
        method: operation.spec.method,
        path: operation.spec.path,
        summary: operation.spec.summary,
        access: operation.spec.access,
        ...(operation.spec.params ? { params: operation.spec.params } : {}),
      },
      handle: () => Promise.reject(new Reached()),
    })),
  );
  operations = dispatcher.operations();
  const app = createApp(
    {
      log: quietLog,
      behindProxy: false,
      isHttps: false,
      authentication: { authenticate: auth.authenticator.authenticate, checkOrigin: () => undefined },
    },
    dispatcher.middleware,
  );
  const answer = app.callback();
  server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await kernel?.close();
});

/** A project with an image and an annotation, made by plain rows: no pixels are needed to ask for rights. */
async function makeWorld(
  roles: Record<string, ProjectRole>,
  teamId?: number,
): Promise<Record<string, string | number>> {
  const { sql } = kernel.platform.database;
  const { id: projectId, imageSetId } = await kernel.project(roles);
  if (teamId !== undefined) {
    await sql.query(
      'delete from core.team_member where team_id <> $1 and user_id in (select user_id from core.project_member where project_id = $2) and user_id <> (select id from core.app_user where username = $3)',
      [teamId, projectId, 'test-admin'],
    );
    await sql.query('update core.project set team_id = $1 where id = $2', [teamId, projectId]);
    await sql.query(
      'delete from core.project_member where project_id = $1 and user_id not in (select user_id from core.team_member where team_id = $2)',
      [projectId, teamId],
    );
  }
  const [image] = await sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, $2, 'x', 'ready', 'images/00/x', 1, '\\x00', 'v', 100, 100) returning id`,
    [imageSetId, `name-${projectId}`],
  );
  const [project] = await sql.query<{ team_id: number }>('select team_id from core.project where id = $1', [projectId]);
  const [product] = await sql.query<{ id: number }>(
    `insert into core.product (team_id, name) values ($1, $2) returning id`,
    [project?.team_id, `P${projectId}`],
  );
  const [template] = await sql.query<{ id: number }>(
    `insert into core.template (product_id, name, colour, kind) values ($1, 'T', '#000000', 'point') returning id`,
    [product?.id],
  );
  const [layer] = await sql.query<{ id: number }>(
    `insert into core.annotation_layer (project_id, name, purpose) values ($1, 'Hidden', 'guidance') returning id`,
    [projectId],
  );
  const uuid = `0199aaaa-0000-7000-8000-${String(projectId).padStart(12, '0')}`;
  await sql.query(
    `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry)
     select $1, $2, $3, id, id, 0, box(point(1, 1), point(1, 1)), '\\x00' from core.app_user order by id limit 1`,
    [uuid, image?.id, template?.id],
  );
  return {
    teamId: project?.team_id ?? 0,
    projectId,
    layerId: layer?.id ?? 0,
    imageSetId,
    imageId: image?.id ?? 0,
    annotationId: uuid,
  };
}

/** Annotations of somebody and of somebody else in the own world, by whose they are for that person. */
async function drawFor(person: TestPerson | undefined): Promise<ReadonlyMap<Whose, string>> {
  const { sql } = kernel.platform.database;
  const { projectId, imageId, annotationId, layerId } = ids.get('own') ?? {};
  await sql.query(
    `insert into core.annotation_layer (project_id, name, purpose, shown) values ($1, 'Shown', 'guidance', true) on conflict do nothing`,
    [projectId],
  );
  const [shown] = await sql.query<{ id: number }>(
    'select id from core.annotation_layer where project_id = $1 and shown',
    [projectId],
  );
  const drawn = new Map<Whose, string>([['absent', ABSENT_UUID]]);
  for (const whose of WHOSE) {
    if (whose === 'absent') continue;
    const uuid = randomUUID();
    // Layers: also what somebody has drawn themselves is shared, or hidden, once it is in one.
    const isOwn = whose.startsWith('own') || whose.startsWith('in');
    const layer = whose === 'inShownLayer' ? shown?.id : whose === 'inHiddenLayer' ? layerId : null;
    await sql.query(
      `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry, layer_id, deleted_at)
       select $1, $2, template_id, $3, $3, 0, box, geometry, $4, case when $5 then now() end
       from core.annotation where uuid = $6`,
      [
        uuid,
        imageId,
        (isOwn ? person : people.get('outsider'))?.principal.userId ?? people.get('outsider')?.principal.userId,
        layer,
        whose.endsWith('Deleted'),
        annotationId,
      ],
    );
    drawn.set(whose, uuid);
  }
  return drawn;
}

/** Values for the parameters that decide about rights, and harmless ones for the others. */
function address(operation: MountedOperation, place: Place, more: Readonly<Record<string, string>> = {}): string {
  const known = { ...ids.get(place), ...more };
  const fallback: Record<string, string | number> = {
    level: 0,
    col: 0,
    row: 0,
    tile: '0_0.jpg',
    region: 'full',
    size: 'max',
    rotation: '0',
    format: 'default.jpg',
    jobId: ABSENT_UUID,
    pluginId: 'x',
    key: 'k',
    mediaId: ABSENT_UUID,
    importId: ABSENT_UUID,
    username: 'nobody',
  };
  return operation.fullPath.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(known[name] ?? fallback[name] ?? ABSENT)),
  );
}

describe('rights', () => {
  it('are as the table says for every endpoint, every role, and own, foreign and absent things', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const operation of operations) {
      for (const who of EVERYBODY) {
        for (const place of PLACES) {
          tried++;
          const response = await fetch(base + address(operation, place), {
            method: operation.spec.method,
            headers: { cookie: people.get(who)?.cookie ?? '' },
          });
          await response.text();
          const wanted = expected(operation.spec.access, who, place);
          if (response.status !== wanted)
            wrong.push(
              `${operation.spec.method} ${operation.fullPath} as ${who} on ${place}: ${response.status} instead of ${wanted}`,
            );
        }
      }
    }
    process.stdout.write(`rights: ${operations.length} endpoints, ${tried} calls\n`);
    expect(operations.length).toBeGreaterThan(70);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('in every mode are for annotations as for absent ones where somebody is not to see them', async () => {
    const { sql } = kernel.platform.database;
    const { projectId } = ids.get('own') ?? {};
    const { notices } = kernel.platform.domain.auth;
    const ofAnnotations = operations.filter(({ spec }) => 'in' in spec.access && spec.access.in === 'annotation');
    const wrong: string[] = [];
    let tried = 0;
    for (const mode of COLLABORATIONS) {
      await sql.query('update core.project set collaboration = $1 where id = $2', [mode, projectId]);
      notices.apply({ about: 'project', id: Number(projectId) });
      for (const who of EVERYBODY) {
        for (const [whose, annotationId] of await drawFor(people.get(who))) {
          for (const operation of ofAnnotations) {
            tried++;
            const response = await fetch(base + address(operation, 'own', { annotationId }), {
              method: operation.spec.method,
              headers: { cookie: people.get(who)?.cookie ?? '' },
            });
            await response.text();
            const wanted = expectedInMode(operation.spec.access, who, mode, whose);
            if (response.status !== wanted)
              wrong.push(
                `${operation.spec.method} ${operation.fullPath} in ${mode} as ${who} on ${whose}: ${response.status} instead of ${wanted}`,
              );
          }
        }
      }
    }
    await sql.query(`update core.project set collaboration = 'cooperative' where id = $1`, [projectId]);
    notices.apply({ about: 'project', id: Number(projectId) });
    process.stdout.write(`rights by mode: ${ofAnnotations.length} endpoints, ${tried} calls\n`);
    expect(ofAnnotations.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('answer foreign and absent things with the same body', async () => {
    const cookie = people.get('manager')?.cookie ?? '';
    for (const operation of operations) {
      const { access, method } = operation.spec;
      if ('public' in access || access.in === 'self' || access.in === 'instance') continue;
      const [foreign, absent] = await Promise.all(
        (['foreign', 'absent'] as const).map(async (place) => {
          const response = await fetch(base + address(operation, place), { method, headers: { cookie } });
          const body = (await response.json()) as Record<string, unknown>;
          // What the caller has said is repeated; nothing else may differ.
          const said = [...Object.values(ids.get(place) ?? {}), ABSENT, ABSENT_UUID]
            .map(String)
            .sort((a, b) => b.length - a.length);
          return said.reduce(
            (text, value) => text.replace(new RegExp(`(?<![\\w-])${value}(?![\\w-])`, 'g'), '#'),
            JSON.stringify({ ...body, requestId: '' }),
          );
        }),
      );
      expect(foreign, operation.fullPath).toBe(absent);
    }
  });

  it('let a token of scope "read" read and do nothing else', async () => {
    const manager = people.get('manager');
    const made = await manager?.request('POST', '/api/v2/me/tokens', { name: 'reader', scopes: ['read'] });
    const authorization = `Bearer ${made?.body.secret}`;
    const wrong: string[] = [];
    for (const operation of operations) {
      const { access, method } = operation.spec;
      if ('public' in access || access.in === 'instance') continue;
      const response = await fetch(base + address(operation, 'own'), { method, headers: { authorization } });
      await response.text();
      const wanted = method === 'GET' ? [418, 403] : [403];
      if (!wanted.includes(response.status)) wrong.push(`${method} ${operation.fullPath}: ${response.status}`);
    }
    expect(wrong).toEqual([]);
  });
});
