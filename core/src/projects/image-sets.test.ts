import { ConflictError, NotFoundError } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorOf, type TestProject } from '../auth/auth.testing.ts';
import { createTestProjects, type TestProjects } from './projects.testing.ts';

let t: TestProjects;
let manager: Principal;
let project: TestProject;
beforeAll(async () => {
  t = await createTestProjects();
  manager = await t.auth.user('manager');
  project = await t.auth.project(await t.auth.team('Lab', [], [manager]), [[manager, 'manager']]);
});
afterAll(() => t.auth.services.close());

const create = (name: string, tags: string[] = [], description = '') =>
  t.imageSets.create(actorOf(manager), project.projectId, { name, tags, description });
const names = async (query: Parameters<TestProjects['imageSets']['list']>[2]) =>
  (await t.imageSets.list(manager, project.projectId, query)).items.map((set) => set.name);

describe('image sets', () => {
  it('stand in the order of their making until one is moved, and page without gap or repeat', async () => {
    const made = [];
    for (const name of ['A', 'B', 'C', 'D', 'E']) made.push(await create(name, ['paged', 'paged']));
    expect(made[0]).toMatchObject({ tags: ['paged'], imageCount: 0, coverImageIds: [] });
    const last = made.at(-1);
    await t.imageSets.update(actorOf(manager), last?.id as number, { position: made[1]?.position as number });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await t.imageSets.list(manager, project.projectId, { cursor, limit: 2, tags: ['paged'] });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((set) => set.name));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(['A', 'B', 'E', 'C', 'D']); // E has B's position; the older one comes first
  });

  it('made at the same time with one name are one; with different names they have different places', async () => {
    const same = await Promise.allSettled([create('Once'), create('ONCE')]);
    expect(same.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(same.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/"once"/i),
    });
    const two = await Promise.all([create('Left'), create('Right')]);
    expect(two[0]?.position).not.toBe(two[1]?.position);
  });

  it('are found by name, description and tags, whatever the case, and signs of patterns are themselves', async () => {
    await create('Equine Lung', ['EIPH'], 'stained with Prussian blue');
    await create('100 % canine', ['CCMCT', 'HE']);
    expect(await names({ search: 'lung' })).toEqual(['Equine Lung']);
    expect(await names({ search: 'PRUSSIAN' })).toEqual(['Equine Lung']);
    expect(await names({ search: 'ccm' })).toEqual(['100 % canine']);
    expect(await names({ search: '100 %' })).toEqual(['100 % canine']);
    expect(await names({ search: '_' })).toEqual([]);
    expect(await names({ search: '\\' })).toEqual([]);
    expect(await names({ tags: ['CCMCT', 'HE'] })).toEqual(['100 % canine']);
    expect(await names({ tags: ['CCMCT', 'EIPH'] })).toEqual([]);
  });

  it('count images themselves and ask for annotations as the person may see them', async () => {
    const set = await create('Counted');
    const images = [];
    for (let i = 0; i < 5; i += 1) images.push(await t.auth.image(set.id));
    await t.auth.services.database.sql.query(`update core.image set state = 'failed' where id = $1`, [images[0]]);
    expect(await t.imageSets.get(manager, set.id)).toMatchObject({
      imageCount: 5,
      annotationCount: set.id * 10,
      coverImageIds: images.slice(1),
    });
    await expect(t.imageSets.get(manager, 2_000_000_000)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('are deleted with their images when the number is repeated', async () => {
    const set = await create('Doomed');
    await t.auth.image(set.id);
    await expect(t.imageSets.remove(actorOf(manager), set.id, 0)).rejects.toBeInstanceOf(ConflictError);
    expect(t.calls).toEqual([]);
    await t.imageSets.remove(actorOf(manager), set.id, 1);
    expect(t.calls).toEqual(['delete 1 images']);
    await expect(t.imageSets.remove(actorOf(manager), set.id, 0)).rejects.toMatchObject({ status: 404 });
    expect(t.auth.services.events.at(-1)).toEqual({
      topic: 'project.changed',
      projectId: project.projectId,
      what: 'imageSets',
    });
  });

  it('refuse a cursor that is not theirs', async () => {
    for (const cursor of [
      '%%%',
      Buffer.from('["a",1]').toString('base64url'),
      Buffer.from('[1]').toString('base64url'),
    ]) {
      await expect(names({ cursor })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });
});
