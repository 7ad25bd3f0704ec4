import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { PluginContext } from '@exact/sdk/server';
import { createTestKernel, type TestKernel, type TestPerson, type ToyPlugin } from '@exact/sdk/testing';
import { type RunningStudy, studyToken, type StudyService } from '@exact/study';
import type { Plan, Tissue, VisitDraft } from '../shared/model.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const SLIDE = fileURLToPath(new URL('../../../demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

type Answer = ReturnType<TestPerson['request']>;

/** A project of its own with pictures. */
export interface Stage {
  readonly id: number;
  readonly imageSetId: number;
  /** Takes in a slide of 2220 × 2967 px, 0.499 µm a pixel, with tissue nearly everywhere. */
  slide(): Promise<number>;
  /** 400 × 300 px, no scale: a dark square from 100, 60 to 220, 180 on white. */
  readonly spot: number;
  /** 400 × 300 px, all white. */
  readonly blank: number;
  /** A request to the plugin's endpoints. */
  ask(who: TestPerson, method: string, path: string, body?: object): Answer;
  /** A plan of 100 px fields of the picture with the spot (5 × 4 of them), unless asked for otherwise. */
  plan(who: TestPerson, more?: object, imageId?: number): Promise<Plan>;
  tissue(who: TestPerson, imageId: number, parameters?: object): Promise<Tissue>;
  visit(who: TestPerson, planId: string, visits: readonly Partial<VisitDraft>[], more?: object): Answer;
  mode(mode: 'cooperative' | 'blind' | 'secondOpinion'): Promise<void>;
  /** An image that will never be ready: its file ends early. */
  broken(): Promise<number>;
}

export interface House {
  readonly kernel: TestKernel;
  readonly people: Readonly<Record<'boss' | 'ada' | 'ben' | 'vera' | 'eve', TestPerson>>;
  /** Studies by project, as the plugin `study-modes` would tell of them. */
  readonly studies: Map<number, RunningStudy>;
  /** The database as another plugin sees it. */
  readonly db: PluginContext['db'];
  stage(): Promise<Stage>;
  close(): Promise<void>;
}

/** A platform with the plugin and people: boss manages, ada and ben annotate, vera views, eve is elsewhere. */
export async function openHouse(): Promise<House> {
  const studies = new Map<number, RunningStudy>();
  let db: PluginContext['db'] | undefined;
  let pictures: PluginContext['images'] | undefined;
  const service: StudyService = {
    current: (projectId) => Promise.resolve(studies.get(projectId)),
    finishCase: () => Promise.resolve(),
  };
  const studyModes: ToyPlugin = {
    id: 'study-modes',
    manifest: { contributes: { tokens: ['study-modes:study'] } },
    setup: (ctx) => ctx.provide(studyToken as { id: string; type?: StudyService }, service),
  };
  const kernel = await createTestKernel({
    plugins: [
      folder('screening'),
      folder('format-image'),
      folder('format-tiff'),
      studyModes,
      {
        id: 'toy-db',
        manifest: { permissions: { uses: ['db:own', 'images:read', 'images:write'] } },
        setup: (ctx) => void ([db, pictures] = [ctx.db, ctx.images]),
      },
    ],
  });
  // one after the other, so that lists by id come in this order
  const boss = await kernel.person('boss');
  const ada = await kernel.person('ada');
  const ben = await kernel.person('ben');
  const vera = await kernel.person('vera');
  const eve = await kernel.person('eve');

  async function stage(): Promise<Stage> {
    const roles = { boss: 'manager', ada: 'annotator', ben: 'annotator', vera: 'viewer' } as const;
    const project = await kernel.project(roles);
    await kernel.enable(project.id, 'screening', true);
    const take = async (name: string, bytes: Uint8Array): Promise<number> =>
      (await kernel.image(project.imageSetId, boss, { name, bytes })).id;
    const spot = await take(
      'spot.bmp',
      bmp(400, 300, (x, y) => x >= 100 && x < 220 && y >= 60 && y < 180),
    );
    const blank = await take(
      'blank.bmp',
      bmp(400, 300, () => false),
    );
    const ask = (who: TestPerson, method: string, path: string, body?: object): Answer =>
      who.request(method, `/api/v2/projects/${project.id}/plugins/screening${path}`, body);
    return {
      id: project.id,
      imageSetId: project.imageSetId,
      ...{ spot, blank, ask },
      slide: async () => take('slide.svs', await readFile(SLIDE)),
      async plan(who, more = {}, imageId = spot) {
        const answer = await ask(who, 'POST', `/images/${imageId}/plans`, draft(more));
        if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
        return answer.body as Plan;
      },
      async tissue(who, imageId, parameters = {}) {
        const asked = await ask(who, 'POST', `/images/${imageId}/tissue`, parameters);
        if (asked.status !== 201) throw new Error(JSON.stringify(asked.body));
        const { id } = asked.body as Tissue;
        const list = async (): Promise<Tissue[]> =>
          (await ask(who, 'GET', `/images/${imageId}/tissue`)).body as Tissue[];
        for (;;) {
          const found = (await list()).find((tissue) => tissue.id === id);
          if (!found) throw new Error(`The mask ${id} is gone.`);
          if (found.state !== 'waiting') return found;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      },
      visit: (who, planId, visits, more = {}) =>
        ask(who, 'POST', `/plans/${planId}/visits`, {
          ...{ sentAt: Date.now(), deviceId: randomUUID(), visits: visits.map((one) => visitOf(one)) },
          ...more,
        }),
      async mode(mode) {
        const answer = await boss.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration: mode });
        if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      },
      async broken() {
        if (!pictures) throw new Error('The plugin toy-db has not started.');
        const bytes = bmp(400, 300, () => false).subarray(0, 1000);
        const source = Readable.from([bytes]);
        return (await pictures.add(boss.principal, project.imageSetId, { name: 'broken.bmp', source })).id;
      },
    };
  }

  return {
    ...{ kernel, people: { boss, ada, ben, vera, eve }, studies, stage },
    get db() {
      if (!db) throw new Error('The plugin toy-db has not started.');
      return db;
    },
    close: () => kernel.close(),
  };
}

export const draft = (more: object = {}): object => ({
  requestId: randomUUID(),
  field: { by: 'px', width: 100, height: 100 },
  view: { width: 100, height: 100 },
  ...more,
});

/** A stay of 800 ms that ended a moment ago: before the batch is sent. */
export function visitOf(more: Partial<VisitDraft> = {}): VisitDraft {
  const leftAt = Date.now() - 10;
  return {
    ...{
      id: randomUUID(),
      field: 0,
      enteredAt: leftAt - 800,
      leftAt,
      dwellMs: 700,
      share: 1,
      downsample: 1,
      marks: true,
    },
    ...more,
  };
}

/** White with dark places, as BMP: the one format that needs no encoder. */
function bmp(width: number, height: number, isDark: (x: number, y: number) => boolean): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height, 0xf0);
  file.fill(0, 0, 54);
  file.write('BM');
  const numbers = [
    [2, file.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
    [34, stride * height],
  ] as const;
  for (const [at, value] of numbers) file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (isDark(x, y))
        file.fill(0x50, 54 + (height - 1 - y) * stride + x * 3, 54 + (height - 1 - y) * stride + x * 3 + 3);
  return file;
}
