import { randomUUID } from 'node:crypto';
import type { AnnotationDraft, AnnotationInvalidError } from '@exact/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScene, type Scene } from './fixture.testing.ts';
import { uuidOfLine } from './import/check-task.ts';
import { markUuid, uuidMarkOf } from './uuid-mark.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
  const { sql } = scene.services.database;
  for (const { userId } of [scene.ada, scene.ben])
    await sql.query(`insert into core.project_member (project_id, user_id, role) values ($1, $2, 'verifier')`, [
      scene.projectId,
      userId,
    ]);
  await sql.query(`update core.project set collaboration = 'blind' where id = $1`, [scene.projectId]);
  scene.services.notices.apply({ about: 'everything' });
});
afterAll(() => scene.close());

const failure = (work: Promise<unknown>): Promise<InstanceType<typeof AnnotationInvalidError>> =>
  work.then(
    () => expect.fail('should have been refused'),
    (error: unknown) => error as InstanceType<typeof AnnotationInvalidError>,
  );
const marked = (userId: number): AnnotationDraft => ({
  ...scene.box(),
  uuid: markUuid(randomUUID(), uuidMarkOf(userId)),
});

it('makes who works blind end the UUIDs of their annotations in their mark, and names the others', async () => {
  const [own, other] = [marked(scene.ada.userId), marked(scene.ben.userId)];
  const error = await failure(scene.change(scene.ada, { create: [own, other] }));
  expect(error).toMatchObject({ code: 'ANNOTATION_INVALID', status: 422 });
  expect(error.data.items).toMatchObject([{ list: 'create', index: 1, uuid: other.uuid, code: 'UUID_NOT_YOURS' }]);
  expect(error.message).toContain(uuidMarkOf(scene.ada.userId));
  expect((await scene.change(scene.ada, { create: [own] })).items).toHaveLength(1);
});

it('answers a UUID, and a change id, that another reader uses as one that nobody uses', async () => {
  const theirs = marked(scene.ben.userId);
  const { changeId } = await scene.change(scene.ben, { create: [theirs] });
  const free = marked(scene.ben.userId);
  const [used, unused] = await Promise.all(
    [theirs, free].map((draft) => failure(scene.change(scene.ada, { create: [{ ...scene.box(), uuid: draft.uuid }] }))),
  );
  const told = (error: typeof used, uuid: string): string => JSON.stringify(error?.data).replaceAll(uuid, '');
  expect(told(used, theirs.uuid)).toBe(told(unused, free.uuid));
  const own = marked(scene.ada.userId);
  expect((await scene.change(scene.ada, { changeId, create: [own] })).items).toMatchObject([{ uuid: own.uuid }]);
  // And again, as after a lost answer.
  expect((await scene.change(scene.ada, { changeId, create: [own] })).items).toMatchObject([{ uuid: own.uuid }]);
});

it('has the user id in eight hexadecimal digits as the mark, also of the largest id', () => {
  expect([uuidMarkOf(1), uuidMarkOf(42), uuidMarkOf(2 ** 31 - 1)]).toEqual(['00000001', '0000002a', '7fffffff']);
  expect(markUuid('0199aaaa-0000-7000-8000-00000000dead', '0000002a')).toBe('0199aaaa-0000-7000-8000-00000000002a');
});

it('makes the UUIDs of imported lines from person, import and line, with the mark where it is needed', () => {
  const importId = randomUUID();
  const of = (userId: number, uuidMark?: string): string => uuidOfLine({ importId, userId, uuidMark }, 7);
  expect(of(1)).toBe(of(1));
  expect(new Set([of(1), of(2), uuidOfLine({ importId, userId: 1, uuidMark: undefined }, 8)]).size).toBe(3);
  expect(of(1, '0000002a')).toBe(markUuid(of(1), '0000002a'));
  expect(of(1, '0000002a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{4}0000002a$/);
});
