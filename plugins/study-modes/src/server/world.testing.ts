import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import type { StudyDocument } from '@exact/study';
import type { Choices, Mine, Study } from '../shared/contract.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const SLIDE = fileURLToPath(new URL('../../../demo-datasets/data/CMU-1-Small-Region.svs', import.meta.url));

type Person = 'boss' | 'ada' | 'ben' | 'cleo' | 'vera';
type Answer = Awaited<ReturnType<TestPerson['request']>>;

/** A project with a manager, three annotators, a viewer and images, in which studies can be made. */
export interface StudyWorld {
  readonly kernel: TestKernel;
  readonly people: Readonly<Record<Person, TestPerson>>;
  readonly id: (who: Person) => number;
  readonly projectId: number;
  readonly imageSetId: number;
  readonly imageIds: readonly number[];
  readonly images: readonly { readonly id: number; readonly name: string; readonly sha256: string }[];
  readonly templates: { readonly cell: number; readonly vessel: number };
  /** A request for an endpoint of the plugin. */
  ask(who: Person, method: string, path: string, body?: object): Promise<Answer>;
  /** Makes a study of a document and answers it. */
  make(document: StudyDocument): Promise<Study>;
  open(study: Study, phase: string): Promise<Answer>;
  close(study: Study, phase: string): Promise<Answer>;
  /** Closes what is open and ends it. */
  end(study: Study): Promise<void>;
  /** Ends all studies and deletes all annotations, so that the next test can begin. */
  clear(): Promise<void>;
  mine(who: Person): Promise<Mine | null>;
  finish(who: Person, imageId: number, outcome: 'complete' | 'empty'): Promise<Answer>;
  draw(who: Person, imageId: number, templateId?: number): Promise<Answer>;
  /** Ids of the images that somebody is shown. */
  seen(who: Person): Promise<number[]>;
}

export async function makeStudyWorld(imageCount = 3): Promise<StudyWorld> {
  const kernel = await createTestKernel({ plugins: [folder('study-modes'), folder('format-tiff')] });
  const names = ['boss', 'ada', 'ben', 'cleo', 'vera'] as const;
  const list = [];
  for (const name of names) list.push([name, await kernel.person(name)] as const);
  const people = Object.fromEntries(list) as Record<Person, TestPerson>;
  const { id: projectId, imageSetId } = await kernel.project({
    boss: 'manager',
    ada: 'annotator',
    ben: 'annotator',
    cleo: 'annotator',
    vera: 'viewer',
  });
  await kernel.enable(projectId, 'study-modes', true);
  const slide = await readFile(SLIDE);
  const imageIds: number[] = [];
  for (let i = 0; i < imageCount; i++) {
    // Bytes behind the end of a TIFF say nothing to a reader, and make it another file.
    const bytes = Buffer.concat([slide, Buffer.from([i])]);
    imageIds.push((await kernel.image(imageSetId, people.boss, { name: `slide-${i}.svs`, bytes })).id);
  }
  const api = `/api/v2/projects/${projectId}`;
  const product = await people.boss.request('POST', `${api}/products`, { name: 'Things' });
  const template = async (name: string): Promise<number> =>
    (await people.boss.request('POST', `${api}/products/${product.body.id}/templates`, { name, kind: 'box' })).body.id;
  const templates = { cell: await template('Cell'), vessel: await template('Vessel') };
  const ask: StudyWorld['ask'] = (who, method, path, body) =>
    people[who].request(method, `${api}/plugins/study-modes${path}`, body);
  const { body: choices } = (await ask('boss', 'GET', '/choices')) as { body: Choices };
  const images = choices.sets.flatMap((set) => set.images);
  const act = (study: Study, phase: string, what: string): Promise<Answer> =>
    ask('boss', 'POST', `/studies/${study.id}/phases/${phase}/${what}`);
  const world: StudyWorld = {
    kernel,
    people,
    id: (who) => people[who].principal.userId,
    projectId,
    imageSetId,
    imageIds,
    images,
    templates,
    ask,
    async make(document) {
      const { status, body } = await ask('boss', 'POST', '/studies', { document });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body as Study;
    },
    open: (study, phase) => act(study, phase, 'open'),
    close: (study, phase) => act(study, phase, 'close'),
    async end(study) {
      const { body } = (await ask('boss', 'GET', `/studies/${study.id}`)) as { body: Study };
      for (const { id, state } of body.phases) if (state === 'open') await act(study, id, 'close');
      await ask('boss', 'POST', `/studies/${study.id}/end`, { collaboration: 'cooperative' });
    },
    async clear() {
      const { body: studies } = await ask('boss', 'GET', '/studies');
      for (const study of studies as Study[]) if (study.state === 'running') await world.end(study);
      for (const imageId of imageIds) {
        const { body } = await people.boss.request('GET', `/api/v2/images/${imageId}/annotations`);
        const items = body.items as { uuid: string; revision: number }[];
        await people.boss.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
          changeId: randomUUID(),
          delete: items.map(({ uuid, revision }) => ({ uuid, revision })),
        });
      }
    },
    mine: async (who) => (await ask(who, 'GET', '/mine')).body as Mine | null,
    finish: (who, imageId, outcome) => ask(who, 'POST', `/cases/${imageId}/finish`, { outcome }),
    draw: async (who, imageId, templateId = templates.cell) => {
      const { body } = await people[who].request('GET', api);
      const mark = (body as { uuidMark?: string }).uuidMark;
      const uuid = randomUUID();
      return people[who].request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
        changeId: randomUUID(),
        create: [
          {
            uuid: mark === undefined ? uuid : uuid.slice(0, -mark.length) + mark,
            templateId,
            geometry: { kind: 'box', x: 10, y: 10, width: 20, height: 20 },
          },
        ],
      });
    },
    async seen(who) {
      const { body } = await people[who].request('GET', `/api/v2/image-sets/${imageSetId}/images`);
      return (body.items as { id: number }[]).map(({ id }) => id);
    },
  };
  return world;
}

/** A study of all images in the order given, in one blind phase, read by `readers`. */
export function blindStudy(
  { images }: Pick<StudyWorld, 'images'>,
  readers: readonly string[],
  more: Partial<StudyDocument> = {},
): StudyDocument {
  return {
    format: 'exact-study',
    version: 1,
    title: 'Cells',
    description: '',
    images: images.map(({ name, sha256 }) => ({ name, sha256 })),
    readers: [...readers],
    adjudicators: [],
    arms: [{ id: 'unaided', title: 'Unaided', layers: [] }],
    tasks: [
      {
        id: 'cells',
        title: 'Cells',
        instruction: 'Mark each cell.',
        images: images.map(({ name }) => name),
        classes: [],
      },
    ],
    phases: [
      {
        id: 'blind',
        title: 'Reading',
        mode: 'blind',
        sequence: 'strict',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'given' },
        readings: readers.map((reader) => ({ reader, task: 'cells', arm: 'unaided' })),
      },
    ],
    idleAfterS: 30,
    ...more,
  };
}
