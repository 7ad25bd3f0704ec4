import { bounds } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
import { OfflineError } from '@exact/sdk/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../layer/test-shapes.ts';
import { createFakeServer, openTab, problem } from './fake-server.testing.ts';
import { createLiveCentres, type CentreColumns } from './live-centres.ts';
import { makeUuid } from './uuid-v7.ts';

const SEED = 20_261_127;
const box = (x: number, y: number, size = 11) => ({ kind: 'box', x, y, width: size, height: size }) as const;

let server: ReturnType<typeof createFakeServer>;
let tab: ReturnType<typeof openTab>;
let live: ReturnType<typeof createLiveCentres>;
let shown: CentreColumns | undefined;
let told: number;
let problems: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  server = createFakeServer();
  [shown, told, problems] = [undefined, 0, []];
});
afterEach(() => {
  live.dispose();
  tab.crash();
  vi.useRealTimers();
});

const pass = (ms = 600) => vi.advanceTimersByTimeAsync(ms);
const event = (lists: { created?: string[]; updated?: string[]; deleted?: string[]; many?: boolean }) =>
  tab.store.handleEvent({
    topic: 'annotations.changed',
    projectId: 1,
    imageId: 7,
    changeId: makeUuid(),
    userId: 2,
    created: [],
    updated: [],
    deleted: [],
    many: false,
    ...lists,
  });
function create(count: number, templateId = 1): string[] {
  const items = server.other({
    create: Array.from({ length: count }, (_, i) => ({
      uuid: makeUuid(),
      templateId,
      geometry: box((i % 64) * 100, Math.floor(i / 64) * 100),
    })),
  });
  return items.map(({ uuid }) => uuid);
}
/** `whole`: how many are held in memory at most. */
async function open(whole = 1000): Promise<void> {
  tab = openTab(server, undefined, { whole, shapes: 20, centres: 40, large: 5 });
  await tab.open();
  tab.store.showView({ minX: 0, minY: 0, maxX: 500, maxY: 500 });
  live = createLiveCentres({
    store: tab.store,
    read: server.namedCentres,
    onChange(columns) {
      shown = columns;
      told += 1;
    },
    onProblem: (error) => problems.push(error),
  });
  await pass();
}
const rowsOf = (columns: CentreColumns | undefined): string[] =>
  Array.from({ length: columns?.count ?? 0 }, (_, i) =>
    [columns?.uuid(i), columns?.x[i], columns?.y[i], columns?.templateId[i]].join(' '),
  ).sort();
const rowOf = ({ uuid, geometry, templateId }: Pick<Annotation, 'uuid' | 'geometry' | 'templateId'>): string => {
  const { minX, minY, maxX, maxY } = bounds(geometry);
  return [uuid, Math.floor((minX + maxX) / 2), Math.floor((minY + maxY) / 2), templateId].join(' ');
};
const alive = (): string[] =>
  [...server.rows.values()]
    .filter((row) => !row.deleted && row.geometry.kind !== 'image')
    .map(rowOf)
    .sort();

describe.each([
  ['all in memory', 1000],
  ['most of them not in memory', 30],
])('centres of an image with %s', (_, whole) => {
  it('are all of them, but for labels of the whole image, which have no place', async () => {
    create(200);
    server.other({ create: [{ uuid: makeUuid(), templateId: 9, geometry: { kind: 'image' } }] });
    await open(whole);
    expect(shown?.count).toBe(200);
    expect(rowsOf(shown)).toEqual(alive());
  });

  it('follow what others make, change and delete, wherever it is, without reading anything anew', async () => {
    const uuids = create(200);
    await open(whole);
    const [made = ''] = create(1, 5);
    const [moved = '', relabelled = '', gone = ''] = [uuids[150], uuids[160], uuids[170]];
    server.other({
      update: [
        { uuid: moved, revision: 1, geometry: box(8000, 8000) },
        { uuid: relabelled, revision: 1, templateId: 3 },
      ],
      delete: [{ uuid: gone, revision: 1 }],
    });
    event({ created: [made], updated: [moved, relabelled], deleted: [gone] });
    await pass();
    expect(rowsOf(shown)).toEqual(alive());
    expect(server.asked.filter((name) => name === 'namedCentres')).toHaveLength(1);
    expect(told).toBeLessThanOrEqual(4);
  });

  it('tell the verdicts that others give and take back, from the first reading on', async () => {
    const uuids = create(200);
    const [accepted = '', rejected = ''] = [uuids[150], uuids[160]];
    const verdictOf = (uuid: string): number | undefined =>
      Array.from({ length: shown?.count ?? 0 }, (_, i) =>
        shown?.uuid(i) === uuid ? shown.verdict[i] : undefined,
      ).find((verdict) => verdict !== undefined);
    server.other({ verify: [{ uuid: accepted, revision: 1, verdict: 'accepted' }] });
    await open(whole);
    expect([verdictOf(accepted), verdictOf(rejected)]).toEqual([1, 0]);
    server.other({
      verify: [
        { uuid: accepted, revision: 2, verdict: 'none' },
        { uuid: rejected, revision: 1, verdict: 'rejected' },
      ],
    });
    event({ updated: [accepted, rejected] });
    await pass();
    expect([verdictOf(accepted), verdictOf(rejected)]).toEqual([0, 2]);
    expect(server.asked.filter((name) => name === 'namedCentres')).toHaveLength(1);
  });

  it('hold own changes at once, also while the line is cut, and let go of what is refused', async () => {
    create(200);
    await open(whole);
    server.cut(true);
    const uuid = makeUuid();
    tab.store.apply('draw', [{ op: 'create', uuid, templateId: 4, geometry: box(50, 60) }]);
    expect(rowsOf(shown)).toContain(`${uuid} 55 65 4`);
    tab.store.undo();
    expect(rowsOf(shown)).toEqual(alive());
    tab.store.redo();
    server.cut(false);
    server.refuse(problem('ANNOTATION_INVALID', 422));
    for (const work of [...tab.timers]) work();
    await tab.settle();
    await pass();
    expect(rowsOf(shown)).toEqual(alive());
  });

  it('show what the filter shows, and what is drawn only where it fits', async () => {
    create(100, 1);
    create(100, 2);
    await open(whole);
    server.filter(({ templateId }) => templateId === 2);
    await tab.store.refilter();
    await pass();
    expect(shown?.count).toBe(100);
    expect(new Set(shown?.templateId)).toEqual(new Set([2]));
    const [one = '', two = ''] = [makeUuid(), makeUuid()];
    tab.store.apply('draw', [{ op: 'create', uuid: one, templateId: 1, geometry: box(1, 1) }]);
    tab.store.apply('draw', [{ op: 'create', uuid: two, templateId: 2, geometry: box(2, 2) }]);
    expect(shown?.count).toBe(101);
    tab.store.apply('relabel', [{ op: 'update', uuid: two, templateId: 1 }]);
    expect(shown?.count).toBe(100);
  });

  it('are read anew where much has changed at once, with what is unsent on top', async () => {
    create(200);
    await open(whole);
    server.cut(true);
    const uuid = makeUuid();
    tab.store.apply('draw', [{ op: 'create', uuid, templateId: 4, geometry: box(50, 60) }]);
    await tab.settle(); // tried, and waiting for its next try
    server.cut(false);
    create(50);
    event({ many: true });
    await pass(2000);
    expect(rowsOf(shown)).toEqual([...alive(), `${uuid} 55 65 4`].sort());
  });

  it('are right after any sequence of changes by several people', async () => {
    const random = createRandom(SEED + whole);
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
    create(100);
    await open(whole);
    for (let step = 0; step < 120; step++) {
      const row = pick([...server.rows.values()].filter((one) => !one.deleted));
      const { uuid = '', revision = 0 } = row ?? {};
      const geometry = box(Math.floor(random() * 8000), Math.floor(random() * 8000));
      const what = random();
      if (what < 0.2) event({ created: create(1, 1 + Math.floor(random() * 3)) });
      else if (what < 0.4) {
        server.other({ update: [{ uuid, revision, geometry }] });
        event({ updated: [uuid] });
      } else if (what < 0.5) {
        server.other({ delete: [{ uuid, revision }] });
        event({ deleted: [uuid] });
      } else if (what < 0.7) tab.store.apply('draw', [{ op: 'create', uuid: makeUuid(), templateId: 1, geometry }]);
      else if (what < 0.8) {
        await tab.store.ensure([uuid]);
        tab.store.apply('delete', [{ op: 'delete', uuid }]);
      } else if (what < 0.9) tab.store.undo();
      else if (what < 0.93) event({ many: true });
      if (random() < 0.5) await pass(50);
    }
    for (let i = 0; i < 5; i++) {
      for (const work of [...tab.timers]) work();
      await tab.settle();
      await pass(2500);
    }
    for (const { changeId } of tab.queue.status.conflicts) tab.store.resolve(changeId, 'theirs');
    await tab.settle();
    await pass(2500);
    expect(rowsOf(shown)).toEqual(alive());
  });
});

describe('reading the centres', () => {
  it('takes in what happens while the answer is on its way', async () => {
    const uuids = create(50);
    const go = server.hold('namedCentres');
    await open();
    expect(shown).toBeUndefined();
    server.other({ delete: [{ uuid: uuids[0] ?? '', revision: 1 }] });
    event({ deleted: [uuids[0] ?? ''] });
    tab.store.apply('draw', [{ op: 'create', uuid: makeUuid(), templateId: 4, geometry: box(50, 60) }]);
    await pass();
    go();
    await tab.settle();
    await pass();
    expect(shown?.count).toBe(50);
    expect(rowsOf(shown)).toEqual(alive());
  });

  it('is tried again after a failure, which is told once; a cut line is told by others', async () => {
    create(5);
    server.fail('namedCentres');
    await open();
    await pass(5000);
    expect(problems).toHaveLength(1);
    server.fail('namedCentres', new OfflineError('/centres'));
    await pass(5000);
    server.fail(undefined);
    await pass(2500);
    expect(shown?.count).toBe(5);
    expect(problems).toHaveLength(1);
  });

  it('ends with dispose', async () => {
    create(5);
    const go = server.hold('namedCentres');
    await open();
    live.dispose();
    go();
    await pass(5000);
    tab.store.apply('draw', [{ op: 'create', uuid: makeUuid(), templateId: 4, geometry: box(50, 60) }]);
    expect(told).toBe(0);
  });

  it('gives an error for an entry that is not there', async () => {
    create(2);
    await open();
    expect(() => shown?.uuid(2)).toThrow('There is no annotation 2: there are 2, from 0 on.');
  });
});
