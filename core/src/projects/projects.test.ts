import { ConflictError, NotFoundError } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actorOf } from '../auth/auth.testing.ts';
import { createTestProjects, type TestProjects } from './projects.testing.ts';

let t: TestProjects;
let admin: Principal;
let manager: Principal;
let annotator: Principal;
let stranger: Principal;
let teamId: number;

beforeAll(async () => {
  t = await createTestProjects();
  admin = await t.auth.user('admin', { isAdmin: true });
  [manager, annotator, stranger] = (await Promise.all(
    ['manager', 'annotator', 'stranger'].map((name) => t.auth.user(name)),
  )) as [Principal, Principal, Principal];
  teamId = await t.auth.team('Lab', [annotator], [manager]);
});
afterAll(() => t.auth.services.close());
beforeEach(() => {
  t.calls.length = 0;
  t.auth.services.events.length = 0;
});

const query = (text: string, values: unknown[] = []) =>
  t.auth.services.database.sql.query<Record<string, unknown>>(text, values);

describe('a team', () => {
  it('is made once of two at the same time, and the other is told the name', async () => {
    const outcomes = await Promise.allSettled([
      t.teams.create(actorOf(admin), { name: 'Race' }),
      t.teams.create(actorOf(admin), { name: 'RACE' }),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({
      code: 'CONFLICT',
      status: 409,
      message: expect.stringMatching(/^Team "race": is already there/i),
    });
  });

  it('is seen by its members and by administrators only', async () => {
    expect((await t.teams.list(annotator)).map((team) => [team.name, team.memberCount, team.isTeamAdmin])).toEqual([
      ['Lab', 2, false],
    ]);
    expect(await t.teams.list(stranger)).toEqual([]);
    expect((await t.teams.list(admin)).map((team) => team.name)).toContain('Lab');
  });

  it('takes known, active people by name only', async () => {
    const gone = await t.auth.user('gone');
    await query(`update core.app_user set state = 'suspended' where id = $1`, [gone.userId]);
    const actor = actorOf(manager);
    for (const name of ['gone', 'no-such-person']) {
      await expect(t.teams.setMember(actor, teamId, name, false)).rejects.toEqual(
        new NotFoundError({ what: 'active user', id: name }),
      );
    }
    await t.auth.user('NewPerson');
    expect(await t.teams.setMember(actor, teamId, 'newperson', false)).toMatchObject({
      person: { username: 'NewPerson' },
      isTeamAdmin: false,
    });
  });

  it('takes a person who leaves out of its projects as well, at once', async () => {
    const leaver = await t.auth.user('leaver');
    await query('insert into core.team_member values ($1, $2)', [teamId, leaver.userId]);
    const { projectId, imageId } = await t.auth.project(teamId, [[leaver, 'viewer']]);
    expect(await t.auth.access.mayReadImage(leaver, imageId)).toBe(true);
    await t.teams.removeMember(actorOf(manager), teamId, 'leaver');
    expect(t.auth.access.mayReadImageCached(leaver, imageId)).toBeUndefined();
    expect(await t.auth.access.mayReadImage(leaver, imageId)).toBe(false);
    expect(t.auth.services.events).toEqual([{ topic: 'project.changed', projectId, what: 'members' }]);
  });

  it('keeps its last administrator from stepping down, but not from an administrator of the instance', async () => {
    await expect(t.teams.setMember(actorOf(manager), teamId, 'manager', false)).rejects.toBeInstanceOf(ConflictError);
    await expect(t.teams.removeMember(actorOf(manager), teamId, 'manager')).rejects.toBeInstanceOf(ConflictError);
    await expect(t.teams.setMember(actorOf(admin), teamId, 'manager', false)).resolves.toMatchObject({
      isTeamAdmin: false,
    });
    await t.teams.setMember(actorOf(admin), teamId, 'manager', true);
  });

  it('is deleted only without projects', async () => {
    const { id } = await t.teams.create(actorOf(admin), { name: 'Short-lived' });
    const { projectId } = await t.auth.project(id);
    await expect(t.teams.remove(actorOf(admin), id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('projects'),
    });
    await t.projects.remove(
      actorOf(admin),
      projectId,
      String((await query('select name from core.project where id = $1', [projectId]))[0]?.['name']),
    );
    await t.teams.remove(actorOf(admin), id);
    await expect(t.teams.remove(actorOf(admin), id)).rejects.toMatchObject({ status: 404 });
  });
});

describe('a project', () => {
  it('has its maker as manager and a name that is free in the team', async () => {
    const made = await t.projects.create(actorOf(manager), teamId, { name: 'Mitosis' });
    expect(made).toMatchObject({ name: 'Mitosis', role: 'manager', teamName: 'Lab', imageSetCount: 0, imageCount: 0 });
    expect(made.permissions).toContain('project:manage');
    expect(made.permissions).not.toContain('eiph:score'); // the plugin grants it to verifiers only
    await expect(t.projects.create(actorOf(manager), teamId, { name: 'mitosis' })).rejects.toMatchObject({
      message: expect.stringContaining('"mitosis"'),
    });
    const elsewhere = await t.auth.team('Elsewhere', [], [manager]);
    await expect(t.projects.create(actorOf(manager), elsewhere, { name: 'Mitosis' })).resolves.toBeDefined();
  });

  it('is the same 404 for strangers as one that is absent', async () => {
    const { projectId } = await t.auth.project(teamId, [[manager, 'manager']]);
    await expect(t.projects.get(stranger, projectId)).rejects.toEqual(
      new NotFoundError({ what: 'project', id: projectId }),
    );
    await expect(t.projects.get(manager, 2_000_000_000)).rejects.toEqual(
      new NotFoundError({ what: 'project', id: 2_000_000_000 }),
    );
    expect((await t.projects.get(admin, projectId)).permissions).toContain('eiph:score');
  });

  it('is renamed with an event, and keeps what the patch leaves out', async () => {
    const { projectId } = await t.auth.project(teamId, [[manager, 'manager']]);
    await t.projects.update(actorOf(manager), projectId, { description: 'why' });
    expect(await t.projects.update(actorOf(manager), projectId, { name: 'Renamed' })).toMatchObject({
      name: 'Renamed',
      description: 'why',
    });
    expect(t.auth.services.events.at(-1)).toEqual({ topic: 'project.changed', projectId, what: 'project' });
  });

  it('is deleted with all its images, those included that came in meanwhile, when the name is repeated', async () => {
    const { projectId, imageSetId } = await t.auth.project(teamId, [[manager, 'manager']]);
    await query(`update core.project set name = 'Doomed' where id = $1`, [projectId]);
    await expect(t.projects.remove(actorOf(manager), projectId, 'doomed')).rejects.toBeInstanceOf(ConflictError);
    expect(t.calls).toEqual([]);
    t.whileDeleting(() => t.auth.image(imageSetId));
    await t.projects.remove(actorOf(manager), projectId, 'Doomed');
    expect(t.calls).toEqual(['delete 1 images', 'delete 1 images']);
    expect(
      await query(
        'select 1 from core.project where id = $1 union all select 1 from core.image where image_set_id = $2',
        [projectId, imageSetId],
      ),
    ).toEqual([]);
    expect((await query('select action, project_id from core.audit order by id desc limit 1'))[0]).toEqual({
      action: 'project.deleted',
      project_id: projectId,
    });
  });
});

describe('members of a project', () => {
  it('come from the team: others are the same 404 as nobody', async () => {
    const { projectId } = await t.auth.project(teamId, [[manager, 'manager']]);
    expect((await t.members.candidates(projectId)).map((person) => person.username)).toContain('annotator');
    for (const userId of [stranger.userId, 2_000_000_000]) {
      await expect(t.members.set(actorOf(manager), projectId, userId, 'viewer')).rejects.toEqual(
        new NotFoundError({ what: 'person in the team', id: userId }),
      );
    }
    expect(await t.members.set(actorOf(manager), projectId, annotator.userId, 'annotator')).toMatchObject({
      role: 'annotator',
    });
    expect((await t.members.candidates(projectId)).map((person) => person.username)).not.toContain('annotator');
    expect((await t.members.list(projectId)).map((member) => [member.person.username, member.role])).toEqual([
      ['annotator', 'annotator'],
      ['manager', 'manager'],
    ]);
    await expect(t.members.remove(actorOf(manager), projectId, stranger.userId)).rejects.toMatchObject({ status: 404 });
  });

  it('keep one manager when the last one steps down, also when two do at once', async () => {
    const second = annotator;
    const { projectId } = await t.auth.project(teamId, [
      [manager, 'manager'],
      [second, 'manager'],
    ]);
    const outcomes = await Promise.allSettled([
      t.members.set(actorOf(manager), projectId, manager.userId, 'viewer'),
      t.members.remove(actorOf(second), projectId, second.userId),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await t.members.list(projectId)).filter((member) => member.role === 'manager')).toHaveLength(1);
  });

  it('can all be changed by an administrator', async () => {
    const { projectId } = await t.auth.project(teamId, [[manager, 'manager']]);
    await t.members.remove(actorOf(admin), projectId, manager.userId);
    expect(await t.members.list(projectId)).toEqual([]);
  });
});

describe('the provision of a demo', () => {
  it('makes people, team, project, image set and product, and adds only what is missing when it runs again', async () => {
    const make = async () => {
      const boss = await t.provision.ensureUser({
        username: 'demo-boss',
        displayName: 'Boss',
        password: 'demo',
        isAdmin: true,
      });
      const helper = await t.provision.ensureUser({ username: 'demo-helper', displayName: 'Helper', password: 'demo' });
      const team = await t.provision.ensureTeam('Demo', [
        { principal: boss, isTeamAdmin: true },
        { principal: helper, isTeamAdmin: false },
      ]);
      const draft = {
        name: 'Demo',
        description: '',
        members: [{ principal: helper, role: 'annotator' as const }],
        plugins: ['label-statistics'],
      };
      return { boss, project: await t.provision.ensureProject(boss, team.id, draft) };
    };
    await expect(t.provision.isEmpty()).resolves.toBe(false); // of the tests before
    const { boss, project } = await make();
    const projectId = project.id;
    expect(t.calls).toEqual([`enable label-statistics in ${projectId}`]);
    const red = { name: 'Red cell', kind: 'box' } as const;
    const white = { name: 'White cell', kind: 'ellipse', colour: '#ffffff' } as const;
    // as after a death between the two
    const half = await t.provision.ensureProduct(boss, projectId, { name: 'Blood', description: '', templates: [red] });
    const product = await t.provision.ensureProduct(boss, projectId, {
      name: 'Blood',
      description: '',
      templates: [red, white],
    });
    expect([product.id, product.templates[0]?.id]).toEqual([half.id, half.templates[0]?.id]);
    expect(product.templates.map((template) => [template.colour, template.shortcut])).toEqual([
      ['#E69F00', '1'],
      ['#ffffff', '2'],
    ]);
    const set = { name: 'Slides', description: '', tags: ['demo'] };
    const made = await t.provision.ensureImageSet(boss, projectId, set);
    await expect(t.provision.ensureImageSet(boss, projectId, set)).resolves.toEqual(made);
    expect((await make()).project).toEqual(project);
    expect(t.calls.filter((call) => call.startsWith('enable'))).toHaveLength(2); // here nothing stores the switch
    await expect(t.auth.signIn('demo-boss', 'demo')).resolves.toBeDefined();
  });
});
