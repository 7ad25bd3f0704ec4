import { randomUUID } from 'node:crypto';
import type { Annotation, AnnotationChanges, AnnotationRevision } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../../core/src/testing.ts';

/** 60 within `npm test`, 1,000 where the promise is proven at length. */
const PAIRS = Number(process.env.EXACT_EDIT_PAIRS ?? 60);
/** Pairs on their way at the same time, besides the two of each. */
const AT_ONCE = 8;

let kernel: BootedKernel;
let imageId = 0;
let templateId = 0;
const people: TestPerson[] = [];

beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  const { sql } = kernel.platform.database;
  for (const name of ['ada', 'ben']) people.push(await kernel.person(name));
  const { id: projectId, imageSetId } = await kernel.project({ ada: 'verifier', ben: 'verifier' });
  const [image] = await sql.query<{ id: number }>(
    `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
     values ($1, 'pairs', 'x', 'ready', 'images/00/x', 1, '\\x00', 'v', 10000, 10000) returning id`,
    [imageSetId],
  );
  imageId = image?.id ?? 0;
  const [template] = await sql.query<{ id: number }>(
    `with product as (
       insert into core.product (team_id, name) select team_id, 'Cells' from core.project where id = $1 returning id
     ), used as (insert into core.project_product (project_id, product_id) select $1, id from product)
     insert into core.template (product_id, name, colour, kind) select id, 'Cell', '#000000', 'box' from product returning id`,
    [projectId],
  );
  templateId = template?.id ?? 0;
});
afterAll(() => kernel?.close());

interface Answer {
  readonly status: number;
  readonly body: {
    readonly items?: readonly Annotation[];
    readonly data?: { readonly conflicts: readonly { readonly uuid: string; readonly current?: Annotation }[] };
  };
}

const send = (person: TestPerson | undefined, changes: Omit<AnnotationChanges, 'changeId'>): Promise<Answer> =>
  person?.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
    changeId: randomUUID(),
    ...changes,
  }) as Promise<Answer>;

/** What two people do to the same two objects at the same revision. */
const EDITS: readonly ((
  uuids: readonly string[],
  revision: number,
  word: string,
) => Omit<AnnotationChanges, 'changeId'>)[] = [
  (uuids, revision, description) => ({ update: uuids.map((uuid) => ({ uuid, revision, description })) }),
  (uuids, revision, description) => ({
    update: uuids.toReversed().map((uuid) => ({ uuid, revision, description, geometry: box(revision) })),
  }),
  (uuids, revision, description) => ({
    update: [{ uuid: uuids[0] as string, revision, description }],
    verify: [{ uuid: uuids[1] as string, revision, verdict: 'accepted' }],
  }),
  (uuids, revision, description) => ({
    update: [{ uuid: uuids[1] as string, revision, description }],
    delete: [{ uuid: uuids[0] as string, revision }],
  }),
];

function box(x: number) {
  return { kind: 'box', x, y: 5, width: 20, height: 20 } as const;
}

/** One pair of edits at once, then the loser again on what it was told. @returns what went wrong */
async function pair(number: number): Promise<string[]> {
  const uuids = [randomUUID(), randomUUID()];
  await send(people[0], { create: uuids.map((uuid) => ({ uuid, templateId, geometry: box(1), description: 'new' })) });
  const edits = [EDITS[number % EDITS.length], EDITS[Math.floor(number / EDITS.length) % EDITS.length]];
  const words = [`ada ${number}`, `ben ${number}`];
  const make = (who: number, revision: number) => edits[who]?.(uuids, revision, words[who] as string) ?? {};
  const answers = await Promise.all(people.map((person, who) => send(person, make(who, 1))));

  const wrong: string[] = [];
  const winner = answers.findIndex(({ status }) => status === 200);
  const loser = 1 - winner;
  if (
    answers
      .map(({ status }) => status)
      .toSorted()
      .join() !== '200,409'
  )
    return [`pair ${number} was answered ${answers.map(({ status }) => status).join(' and ')}`];
  const conflicts = answers[loser]?.body.data?.conflicts ?? [];
  for (const item of answers[winner]?.body.items ?? []) {
    const told = conflicts.find(({ uuid }) => uuid === item.uuid)?.current;
    if (JSON.stringify(told) !== JSON.stringify(item))
      wrong.push(`pair ${number}: the loser was not told of ${item.uuid}`);
  }
  // The loser looks at what was told and does it again, unless the other one has deleted the object.
  const isDeleted = conflicts.some(({ current }) => current?.deleted);
  const again = isDeleted ? undefined : await send(people[loser], make(loser, 2));
  if (again && again.status !== 200) wrong.push(`pair ${number}: the second try was answered ${again.status}`);

  for (const uuid of uuids) {
    const history = (await people[0]?.request('GET', `/api/v2/annotations/${uuid}/history`))
      ?.body as unknown as AnnotationRevision[];
    const acknowledged = [answers[winner], again]
      .flatMap((answer) => answer?.body.items ?? [])
      .filter((item) => item.uuid === uuid);
    const texts = history.toReversed().map(({ revision, description }) => `${revision} ${description}`);
    const expected = ['1 new', ...acknowledged.map(({ revision, description }) => `${revision} ${description}`)];
    if (texts.join() !== expected.join())
      wrong.push(`pair ${number}: ${uuid} went ${texts.join()}, acknowledged ${expected.join()}`);
  }
  return wrong;
}

it(
  `loses none of ${PAIRS} pairs of edits of the same objects at the same moment`,
  { timeout: 60_000 + PAIRS * 1000 },
  async () => {
    const wrong: string[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < PAIRS) wrong.push(...(await pair(next++)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    process.stdout.write(`${PAIRS} edit pairs, ${wrong.length} silent losses\n`);
    expect(wrong).toEqual([]);
  },
);
