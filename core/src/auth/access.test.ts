import { randomUUID } from 'node:crypto';
import { type AccessScope, PROJECT_ROLES } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuth } from './auth.ts';
import { actorOf, createTestAuth, type TestAuth, type TestProject } from './auth.testing.ts';

let auth: TestAuth;
let teamId: number;
let project: TestProject;
let foreign: TestProject;
const people: Record<string, Principal> = {};

beforeAll(async () => {
  auth = await createTestAuth({ pluginPermissions: new Map([['eiph:score', ['annotator', 'manager']]]) });
  for (const name of [...PROJECT_ROLES, 'stranger']) people[name] = await auth.user(name);
  people['admin'] = await auth.user('admin', { isAdmin: true });
  teamId = await auth.team('Lab', [person('viewer')], [person('manager')]);
  project = await auth.project(
    teamId,
    PROJECT_ROLES.map((role) => [person(role), role]),
  );
  foreign = await auth.project(await auth.team('Other lab'));
});
afterAll(() => auth.services.close());
afterEach(() => auth.services.taps.clear());

const person = (name: string): Principal => people[name] as Principal;
const resolve = (
  who: Principal | undefined,
  scope: AccessScope,
  permission: string,
  id?: unknown,
  method: 'GET' | 'POST' = 'GET',
) => auth.access.resolve({ permission, in: scope }, { [`${scope}Id`]: id }, who, method);
const failure = (work: Promise<unknown>): Promise<'allowed' | { status: number; message: string }> =>
  work.then(
    () => 'allowed',
    ({ status, message }: { status: number; message: string }) => ({ status, message }),
  );

describe('what a path names', () => {
  it('is resolved with the role and everything above it', async () => {
    const { projectId, imageSetId, imageId, annotationId } = project;
    const viewer = person('viewer');
    expect(await resolve(viewer, 'project', 'project:read', String(projectId))).toEqual({ projectId, role: 'viewer' });
    expect(await resolve(viewer, 'imageSet', 'imageSets:read', imageSetId)).toEqual({
      projectId,
      role: 'viewer',
      imageSetId,
    });
    expect(await resolve(viewer, 'image', 'images:read', imageId)).toEqual({
      projectId,
      role: 'viewer',
      imageSetId,
      imageId,
    });
    const grant = await resolve(viewer, 'annotation', 'annotations:read', annotationId);
    expect(grant).toEqual({ projectId, role: 'viewer', imageSetId, imageId, annotationId: expect.any(Number) });
    expect(await resolve(viewer, 'team', 'team:read', teamId)).toEqual({ teamId, isTeamAdmin: false });
    expect(await resolve(person('manager'), 'team', 'projects:create', teamId)).toEqual({ teamId, isTeamAdmin: true });
  });

  it.each<[Exclude<AccessScope, 'instance' | 'self'>, () => number | string]>([
    ['team', () => foreign.teamId],
    ['project', () => foreign.projectId],
    ['imageSet', () => foreign.imageSetId],
    ['image', () => foreign.imageId],
    ['annotation', () => foreign.annotationId],
  ])('is not there when it is a foreign %s: the same answer as for an absent one', async (scope, foreignId) => {
    const id = foreignId();
    const absent = scope === 'annotation' ? randomUUID() : 2_000_000_000;
    const permission = scope === 'team' ? 'team:read' : 'project:read';
    for (const name of ['manager', 'stranger']) {
      const answer = await failure(resolve(person(name), scope, permission, id));
      const other = await failure(resolve(person(name), scope, permission, absent));
      expect(answer).toMatchObject({ status: 404 });
      expect(JSON.stringify(answer).replaceAll(String(id), '*')).toBe(
        JSON.stringify(other).replaceAll(String(absent), '*'),
      );
    }
    await expect(resolve(person('admin'), scope, permission, id)).resolves.toBeDefined();
  });

  it.each(['x', '-1', '0', '1.5', '99999999999', undefined, '1; drop table core.image', null])(
    'is not there when the id is %s',
    async (id) => {
      expect(await failure(resolve(person('admin'), 'image', 'images:read', id))).toMatchObject({ status: 404 });
      expect(await failure(resolve(person('admin'), 'annotation', 'annotations:read', id))).toMatchObject({
        status: 404,
      });
    },
  );
});

describe('a call', () => {
  it('needs somebody signed in, unless it is public', async () => {
    expect(await failure(resolve(undefined, 'project', 'project:read', project.projectId))).toMatchObject({
      status: 401,
    });
    expect(await failure(resolve(undefined, 'self', 'self:read'))).toMatchObject({ status: 401 });
    await expect(auth.access.resolve({ public: 'why not' }, {}, undefined, 'POST')).resolves.toEqual({});
  });

  it('is 403 only for members, and names the permission', async () => {
    expect(await failure(resolve(person('viewer'), 'project', 'project:manage', project.projectId))).toMatchObject({
      status: 403,
      message: expect.stringContaining('project:manage'),
    });
    expect(await failure(resolve(person('stranger'), 'project', 'project:manage', project.projectId))).toMatchObject({
      status: 404,
    });
    expect(await failure(resolve(person('viewer'), 'team', 'team:manage', teamId))).toMatchObject({ status: 403 });
    expect(await failure(resolve(person('manager'), 'instance', 'users:manage'))).toMatchObject({ status: 403 });
    expect(
      await failure(resolve(person('manager'), 'project', 'nobody:declared-this', project.projectId)),
    ).toMatchObject({ status: 403 });
    await expect(resolve(person('admin'), 'instance', 'users:manage')).resolves.toEqual({});
  });

  it('of a plugin is granted to the roles that the plugin names', async () => {
    const outcomes = await Promise.all(
      PROJECT_ROLES.map((role) => failure(resolve(person(role), 'project', 'eiph:score', project.projectId))),
    );
    expect(outcomes.map((outcome) => outcome === 'allowed')).toEqual([false, true, false, true]);
  });

  it('with a token reaches as far as its scopes, for administrators too', async () => {
    const admin = (...scopes: string[]): Principal => ({ ...person('admin'), via: 'token', scopes });
    const call = (scope: string, permission: string, method: 'GET' | 'POST') =>
      failure(
        resolve(
          admin(...(scope === '' ? [] : [scope])),
          permission.startsWith('users') ? 'instance' : permission.startsWith('self') ? 'self' : 'project',
          permission,
          project.projectId,
          method,
        ),
      ).then((outcome) => outcome === 'allowed');
    const table: Record<string, boolean[]> = {};
    for (const scope of ['', 'read', 'write', 'admin']) {
      table[scope] = [
        await call(scope, 'project:read', 'GET'),
        await call(scope, 'project:manage', 'POST'),
        await call(scope, 'self:read', 'GET'),
        await call(scope, 'users:manage', 'GET'),
        await call(scope, 'self:write', 'POST'),
      ];
    }
    expect(table).toEqual({
      '': [false, false, false, false, false],
      read: [true, false, true, false, false],
      write: [true, true, true, false, false],
      admin: [true, true, true, true, true],
    });
  });

  it('can be refused by a plugin with its reason, and never granted', async () => {
    const asked: unknown[] = [];
    auth.services.taps.set('auth.authorize', (question: { permission: string }) => {
      asked.push(question);
      return question.permission === 'images:read' ? { refuse: 'The study is closed.' } : undefined;
    });
    expect(await failure(resolve(person('viewer'), 'image', 'images:read', project.imageId))).toEqual({
      status: 403,
      message: 'The study is closed.',
    });
    expect(await failure(resolve(person('viewer'), 'project', 'project:manage', project.projectId))).toMatchObject({
      status: 403,
    });
    await expect(
      resolve(person('viewer'), 'annotation', 'annotations:read', project.annotationId),
    ).resolves.toBeDefined();
    expect(asked).toEqual([
      {
        principal: person('viewer'),
        permission: 'images:read',
        projectId: project.projectId,
        role: 'viewer',
        imageId: project.imageId,
      },
      {
        principal: person('viewer'),
        permission: 'annotations:read',
        projectId: project.projectId,
        role: 'viewer',
        imageId: project.imageId,
        annotationUuid: project.annotationId,
      },
    ]);
  });
});

describe('the memory of who may read an image', () => {
  it('knows after the first look-up, and only what was allowed', async () => {
    const fresh = await auth.image(project.imageSetId);
    const { mayReadImage, mayReadImageCached } = auth.access;
    expect(mayReadImageCached(person('viewer'), fresh)).toBeUndefined();
    expect(await mayReadImage(person('viewer'), fresh)).toBe(true);
    expect(mayReadImageCached(person('viewer'), fresh)).toBe(true);
    expect(await mayReadImage(person('stranger'), fresh)).toBe(false);
    expect(mayReadImageCached(person('stranger'), fresh)).toBeUndefined();
    expect(mayReadImageCached({ ...person('viewer'), via: 'token', scopes: [] }, fresh)).toBeUndefined();
  });

  it('is filled by any reading of the image, so that the first request opens the short way for tiles', async () => {
    const fresh = await auth.image(project.imageSetId);
    const { resolve, mayReadImageCached } = auth.access;
    const write = { permission: 'annotations:write', in: 'image' } as const;
    await resolve(write, { imageId: fresh }, person('annotator'), 'POST');
    expect(mayReadImageCached(person('annotator'), fresh)).toBeUndefined(); // what changes something is looked up each time
    await resolve({ permission: 'annotations:read', in: 'image' }, { imageId: fresh }, person('viewer'), 'GET');
    expect(mayReadImageCached(person('viewer'), fresh)).toBe(true);
    // What the role holds is decided anew each time.
    await expect(resolve(write, { imageId: fresh }, person('viewer'), 'GET')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(mayReadImageCached({ ...person('viewer'), isAdmin: true }, fresh)).toBeUndefined();
  });

  it('forgets before the change of a membership returns', async () => {
    const { createMembers } = await import('../projects/members.ts');
    const members = createMembers(auth.services, auth.changes);
    const annotator = person('annotator');
    expect(await auth.access.mayReadImage(annotator, project.imageId)).toBe(true);
    await members.remove(actorOf(person('manager')), project.projectId, annotator.userId);
    expect(auth.access.mayReadImageCached(annotator, project.imageId)).toBeUndefined();
    expect(await auth.access.mayReadImage(annotator, project.imageId)).toBe(false);
  });

  it('does not keep an answer that was on its way during a change', async () => {
    const verifier = person('verifier');
    const pending = auth.access.mayReadImage(verifier, project.imageId);
    auth.access.invalidateAll();
    await pending;
    expect(auth.access.mayReadImageCached(verifier, project.imageId)).toBeUndefined();
  });

  it('is not asked while a plugin wants to decide each time', async () => {
    await auth.access.mayReadImage(person('viewer'), project.imageId);
    auth.services.taps.set('auth.authorize', () => ({ refuse: 'no' }));
    expect(auth.access.mayReadImageCached(person('viewer'), project.imageId)).toBeUndefined();
    expect(await auth.access.mayReadImage(person('viewer'), project.imageId)).toBe(false);
  });

  it('does not take a database that is away for a refusal', async () => {
    const broken = createAuth(
      {
        ...auth.services,
        database: { ...auth.services.database, sql: { query: () => Promise.reject(new Error('connection lost')) } },
      },
      { pluginPermissions: () => new Map() },
    );
    await expect(broken.access.mayReadImage(person('viewer'), project.imageId)).rejects.toThrow('connection lost');
  });
});

describe('another process', () => {
  it('forgets a suspended person and changed rights within a second', async () => {
    const other = createAuth(auth.services, { pluginPermissions: () => new Map() });
    await other.notices.start();
    try {
      const user = await auth.user('far');
      await auth.services.database.sql.query('insert into core.project_member values ($1, $2, $3)', [
        project.projectId,
        user.userId,
        'viewer',
      ]);
      const cookie = await auth.signIn('far');
      const { secret } = await auth.tokens.create(actorOf(user), user.userId, { name: 'far', scopes: ['read'] });
      expect(await other.authenticator.authenticate({ cookie })).toBeDefined();
      expect(await other.authenticator.authenticate({ authorization: `Bearer ${secret}` })).toBeDefined();
      expect(await other.access.mayReadImage(user, project.imageId)).toBe(true);
      const heard = new Promise<void>((resolve) =>
        other.notices.on((notice) => notice.about === 'user' && notice.id === user.userId && resolve()),
      );
      const startedAt = Date.now();
      await auth.users.update(actorOf(person('admin')), user.userId, { state: 'suspended' });
      await heard;
      expect(Date.now() - startedAt).toBeLessThan(1000);
      expect(other.authenticator.authenticateCached(cookie)).toBeUndefined();
      expect(other.access.mayReadImageCached(user, project.imageId)).toBeUndefined();
      expect(await other.authenticator.authenticate({ cookie })).toBeUndefined();
      expect(await other.authenticator.authenticate({ authorization: `Bearer ${secret}` })).toBeUndefined();
    } finally {
      await other.notices.close();
    }
  });

  it('forgets everything when its line to the database was cut, and listens again', async () => {
    const other = createAuth(auth.services, { pluginPermissions: () => new Map() });
    await other.notices.start();
    try {
      await other.access.mayReadImage(person('viewer'), project.imageId);
      const heard: string[] = [];
      const again = new Promise<void>((resolve) =>
        other.notices.on((notice) => {
          heard.push(notice.about);
          if (heard.length === 2) resolve();
        }),
      );
      await auth.services.database.sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen exact_auth'`,
      );
      await again;
      expect(heard).toEqual(['everything', 'everything']); // when it was lost, and when it was back
      expect(other.access.mayReadImageCached(person('viewer'), project.imageId)).toBeUndefined();
    } finally {
      await other.notices.close();
    }
  });
});
