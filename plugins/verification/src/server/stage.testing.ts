import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Geometry } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
import type { PluginContext } from '@exact/sdk/server';
import { createTestKernel, type TestKernel, type TestPerson, type ToyPlugin } from '@exact/sdk/testing';
import { type RunningStudy, studyToken, type StudyService } from '@exact/study';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

export type Mode = 'cooperative' | 'blind' | 'secondOpinion';
/** Of BMP files that the tests make, level-0 pixels. */
export const SIDE = 200;
export const box = (x: number, y = 50, width = 20): Geometry => ({ kind: 'box', x, y, width, height: 20 });

/** A project of its own, with images and classes. */
export interface Stage {
  readonly id: number;
  readonly imageSetId: number;
  readonly images: readonly number[];
  readonly templates: Readonly<Record<'cell' | 'vessel' | 'point' | 'retired', number>>;
  /** A request to the plugin's endpoints. */
  ask(who: TestPerson, method: string, path: string, body?: object): ReturnType<TestPerson['request']>;
  draw(who: TestPerson, image: number, geometry: Geometry, more?: object): Promise<string>;
  get(uuid: string): Promise<Annotation>;
  edit(who: TestPerson, uuid: string, patch: object): Promise<void>;
  vote(who: TestPerson, uuid: string, verdict: string, more?: object): ReturnType<TestPerson['request']>;
  mode(mode: Mode): Promise<void>;
}

export interface House {
  readonly kernel: TestKernel;
  readonly people: Readonly<Record<'boss' | 'ada' | 'ben' | 'cleo' | 'dora' | 'eve', TestPerson>>;
  /** Studies by project, as the plugin `study-modes` would tell of them. */
  readonly studies: Map<number, RunningStudy>;
  readonly finished: { userId: number; imageId: number; outcome: string }[];
  /** The database as another plugin sees it. */
  readonly db: PluginContext['db'];
  stage(mode: Mode): Promise<Stage>;
  close(): Promise<void>;
}

/** A platform with the plugin, a stand-in for studies, and people. `hasStudies`: with the plugin that really runs studies. boss manages, ada, ben and cleo verify, dora annotates, eve is elsewhere. */
export async function openHouse({ hasStudies = false } = {}): Promise<House> {
  const studies = new Map<number, RunningStudy>();
  const finished: House['finished'] = [];
  let db: PluginContext['db'] | undefined;
  const service: StudyService = {
    current: (projectId) => Promise.resolve(studies.get(projectId)),
    finishCase(principal, imageId, outcome) {
      finished.push({ userId: principal.userId, imageId, outcome });
      return Promise.resolve();
    },
  };
  const standIn: ToyPlugin = {
    id: 'study-modes',
    manifest: { contributes: { tokens: ['study-modes:study'] } },
    setup: (ctx) => ctx.provide(studyToken as { id: string; type?: StudyService }, service),
  };
  const kernel = await createTestKernel({
    plugins: [
      folder('verification'),
      folder('format-image'),
      folder('format-tiff'),
      hasStudies ? folder('study-modes') : standIn,
      {
        id: 'toy-db',
        manifest: { permissions: { uses: ['db:own'] } },
        setup: (ctx) => void (db = ctx.db),
      },
    ],
  });
  const boss = await kernel.person('boss');
  const names = ['ada', 'ben', 'cleo', 'dora', 'eve'] as const;
  const others = await Promise.all(names.map((name) => kernel.person(name)));
  const [ada, ben, cleo, dora, eve] = others as [TestPerson, TestPerson, TestPerson, TestPerson, TestPerson];

  async function stage(mode: Mode): Promise<Stage> {
    const roles = { boss: 'manager', ada: 'verifier', ben: 'verifier', cleo: 'verifier', dora: 'annotator' } as const;
    const project = await kernel.project(roles);
    await kernel.enable(project.id, 'verification', true);
    if (hasStudies) await kernel.enable(project.id, 'study-modes', true);
    const images: number[] = [];
    for (const name of ['one.bmp', 'two.bmp'])
      images.push((await kernel.image(project.imageSetId, boss, { name, bytes: greyBmp(SIDE, images.length) })).id);
    const post = async (path: string, body: object): Promise<number> => {
      const answer = await boss.request('POST', `/api/v2/projects/${project.id}${path}`, body);
      if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      return answer.body.id as number;
    };
    const productId = await post('/products', { name: `Things ${project.id}` });
    const template = (name: string, kind: string): Promise<number> =>
      post(`/products/${productId}/templates`, { name, kind });
    const templates = {
      cell: await template('Cell', 'box'),
      vessel: await template('Vessel', 'box'),
      point: await template('Point', 'point'),
      retired: await template('Retired', 'box'),
    };
    await boss.request('PATCH', `/api/v2/projects/${project.id}/templates/${templates.retired}`, { active: false });
    const setMode = async (next: Mode): Promise<void> => {
      const answer = await boss.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration: next });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    };
    await setMode(mode);
    const imageOf = new Map<string, number>();
    const get = async (uuid: string): Promise<Annotation> =>
      (await boss.request('GET', `/api/v2/annotations/${uuid}`)).body as Annotation;
    const change = async (who: TestPerson, imageId: number, changes: object): Promise<void> => {
      const answer = await who.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
        changeId: randomUUID(),
        ...changes,
      });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    };
    return {
      id: project.id,
      imageSetId: project.imageSetId,
      images,
      templates,
      get,
      mode: setMode,
      ask: (who, method, path, body) =>
        who.request(method, `/api/v2/projects/${project.id}/plugins/verification${path}`, body),
      async draw(who, image, geometry, more = {}) {
        // in a blind project ids end in the mark of their maker
        const uuid = `${randomUUID().slice(0, 28)}${who.principal.userId.toString(16).padStart(8, '0')}`;
        const imageId = images[image] ?? 0;
        const templateId = geometry.kind === 'point' ? templates.point : templates.cell;
        await change(who, imageId, { create: [{ uuid, templateId, geometry, ...more }] });
        imageOf.set(uuid, imageId);
        return uuid;
      },
      async edit(who, uuid, patch) {
        const { revision, imageId } = await get(uuid);
        await change(who, imageId, { update: [{ uuid, revision, ...patch }] });
      },
      async vote(who, uuid, verdict, more = {}) {
        const body = { voteId: randomUUID(), annotation: uuid, revision: 1, verdict, activeMs: 900, ...more };
        const path = `/images/${imageOf.get(uuid) ?? images[0]}/votes`;
        return who.request('POST', `/api/v2/projects/${project.id}/plugins/verification${path}`, body);
      },
    };
  }

  return {
    kernel,
    people: { boss, ada, ben, cleo, dora, eve },
    studies,
    finished,
    get db() {
      if (!db) throw new Error('The plugin toy-db has not started.');
      return db;
    },
    stage,
    close: () => kernel.close(),
  };
}

/** A grey square as BMP: the one format that needs no encoder. Shades make different files. */
function greyBmp(size: number, shade: number): Uint8Array {
  const pixels = size * size * 3; // rows of 600 bytes need no padding
  const file = Buffer.alloc(54 + pixels, 0x80 + shade);
  file.fill(0, 0, 54);
  file.write('BM');
  const numbers = [
    [2, 54 + pixels],
    [10, 54],
    [14, 40],
    [18, size],
    [22, size],
    [34, pixels],
  ] as const;
  for (const [at, value] of numbers) file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}
