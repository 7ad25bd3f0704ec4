import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Annotation } from '@exact/sdk/contract';
import { decodeFrame, type PolygonGeometry } from '@exact/geometry';

import { peakMemoryMb } from '../processes.ts';
import { copyRate } from './copy-anchor.ts';
import { measurePayload, type Payload } from './payload.ts';
import { createPolygons, linesOf, POINTS, SEED, SLIDE_PX } from './polygons.ts';
import { measureStorage, type Storage } from './storage.ts';
import { createView, type View } from './view.ts';
import { createWorld, importLines, type ImportResult, type World } from './world.ts';

/** What is asked of annotations; see report.ts. */
export const GOAL_IDS = ['R1', 'R2', 'V1', 'R4', 'R5', 'R6', 'R7', 'W1', 'W2', 'W3', 'W4', 'edit'] as const;
export type GoalId = (typeof GOAL_IDS)[number];

export interface AnnotationsOptions {
  /** Polygons on the large image. */
  readonly count: number;
  /** Rounds of single requests; of long ones (imports) a fifth. */
  readonly rounds: number;
  /** Only these goals; of the others nothing is measured. All of them by default. */
  readonly only?: readonly GoalId[];
  readonly nodeArgs?: readonly string[];
  readonly tell?: (line: string) => void;
  /** Ends after the part that is running; what was measured is reported. */
  readonly signal?: AbortSignal;
}

/** One round: ours and its anchor, in ms, in turns on the same machine. */
export interface Pair {
  readonly ours: number;
  readonly anchor: number;
}

/** A part of the slide that is read by two, with about that many objects; `overview`: the counts of the whole. */
export interface ViewPairs {
  readonly objects: number | 'overview';
  readonly pairs: readonly Pair[];
}

/** What was not asked for is empty or missing. */
export interface AnnotationsResult {
  readonly count: number;
  readonly boxes: ImportResult | undefined;
  readonly large: ImportResult | undefined;
  /** Most memory that the server has had so far when the large import was over, and when it began. */
  readonly memoryMb: { readonly before: number; readonly after: number } | undefined;
  readonly views: readonly (ViewPairs & { readonly id: 'R1' | 'R2' })[];
  /** Read by somebody who works blind (`ours`) and by a manager of the same project. */
  readonly blind: readonly ViewPairs[];
  /** Rows a second of an image that is read as a whole. */
  readonly wholeRates: readonly number[];
  readonly fileRows: number;
  readonly payload: Payload | undefined;
  readonly overview: readonly Pair[];
  readonly batches: readonly Pair[];
  /** Import of a file, and COPY of the same number. */
  readonly files: readonly Pair[];
  readonly singles: readonly Pair[];
  /** Editing one among all (`ours`) and one among ten (`anchor`). */
  readonly edits: readonly Pair[];
  readonly storage: Storage | undefined;
}

const BATCH = 1000;
const FEW = 10;

/** Fills a slide by the import of the product and measures reading and writing on it, each beside its anchor in turns. */
export async function measureAnnotations(options: AnnotationsOptions): Promise<AnnotationsResult> {
  const { count, only = GOAL_IDS, tell = () => undefined } = options;
  const payload =
    only.includes('R5') || only.includes('R6')
      ? measurePayload(Math.min(count, 100_000), only.includes('R6'))
      : undefined;
  if (payload) tell(`Packed ${payload.count} polygons and read them again.`);
  const nothing = { boxes: undefined, large: undefined, memoryMb: undefined, storage: undefined, fileRows: 0 };
  const none = { views: [], blind: [], wholeRates: [], overview: [], batches: [], files: [], singles: [], edits: [] };
  if (only.every((id) => id === 'R5' || id === 'R6')) return { count, ...nothing, ...none, payload };
  return { ...(await measureServer({ ...options, only, tell })), payload };
}

type ServerOptions = AnnotationsOptions & Required<Pick<AnnotationsOptions, 'only' | 'tell'>>;

async function measureServer(options: ServerOptions): Promise<Omit<AnnotationsResult, 'payload'>> {
  const { count, rounds, nodeArgs = [], only, tell, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'exact-bench-annotations-'));
  tell('Starting the server …');
  const world = await createWorld(folder, nodeArgs);
  let view: View | undefined;
  try {
    const { large, other, few } = world.images;
    const template = (index: number): number => world.templates[index % world.templates.length] ?? 0;
    const before = peakMemoryMb(world.server.pid);
    tell(`Importing ${count} polygons …`);
    // One person's work: what a reader sees who works blind.
    const all = await importLines(world, large, linesOf(createPolygons(), count, template), world.reader);
    if (all.created !== count) throw new Error(`${all.created} of ${count} were stored.`);
    const memoryMb = { before, after: peakMemoryMb(world.server.pid) };
    tell(
      `  ${(all.totalMs / 1000).toFixed(1)} s, ${Math.round(count / (all.totalMs / 1000))} rows/s; the server had at most ${memoryMb.after} MB`,
    );
    await world.sql.query('vacuum analyze core.annotation'); // as the autovacuum does sooner or later; not in the middle of a round
    const storage = only.includes('W4') ? await measureStorage(world, Math.min(count, 100_000)) : undefined;
    const anchor = await world.startAnchor();
    const random = createPolygons(SEED + 1);
    const drafts = (n: number): { uuid: string; templateId: number; geometry: PolygonGeometry }[] =>
      Array.from({ length: n }, (_, i) => ({ uuid: randomUUID(), templateId: template(i), geometry: random.next() }));
    const post = async (url: string, body: string, cookie = ''): Promise<number> => {
      const startedAt = performance.now();
      const response = await fetch(url, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text.slice(0, 500)}`);
      return performance.now() - startedAt;
    };
    const change = (imageId: number, lists: object): Promise<number> =>
      post(
        `${world.server.url}/api/v2/images/${imageId}/annotations/changes`,
        JSON.stringify({ changeId: randomUUID(), ...lists }),
        world.browser.cookie,
      );
    const create = async (n: number): Promise<Pair> => {
      const body = JSON.stringify({ create: drafts(n) });
      return { ours: await change(large, { create: drafts(n) }), anchor: await post(`${anchor}/bulk`, body) };
    };
    const inTurns: InTurns = async (id, n, name, round) => {
      const pairs: Pair[] = [];
      for (let i = 0; only.includes(id) && i < n && signal?.aborted !== true; i++) pairs.push(await round(i));
      const ratios = pairs.map((pair) => pair.ours / pair.anchor).toSorted((a, b) => a - b);
      if (ratios.length > 0)
        tell(`  ${name}: ${ratios[Math.floor(ratios.length / 2)]?.toFixed(3) ?? '–'} of its anchor`);
      return pairs;
    };

    tell('Reading …');
    view = createView(world, anchor, count);
    const { views, blind } = await measureViews(world, view, { ...options, inTurns });
    const overview = await inTurns('R7', Math.ceil(rounds / 3), 'R7', () => (view as View).overview());

    tell('Writing …');
    if (only.includes('W1')) for (let i = 0; i < 3; i++) await create(BATCH);
    const batches = await inTurns('W1', rounds, 'W1', () => create(BATCH));
    if (only.includes('W3')) for (let i = 0; i < 10; i++) await create(1);
    const singles = await inTurns('W3', 4 * rounds, 'W3', () => create(1));
    if (only.includes('edit')) await change(few, { create: drafts(FEW) });
    const edits = only.includes('edit')
      ? await measureEdits(world, { large, few, rounds: 4 * rounds, post, inTurns })
      : [];

    const fileRows = Math.min(count, 100_000);
    const wholeRates: number[] = [];
    if (only.includes('R4') || only.includes('W2')) {
      tell('Files …');
      await importLines(world, other, linesOf(createPolygons(SEED + 2), fileRows, template));
    }
    for (let i = 0; only.includes('R4') && i < Math.ceil(rounds / 5); i++)
      wholeRates.push(await wholeRate(world, other, fileRows));
    let seed = SEED + 2;
    const files = await inTurns('W2', Math.ceil(rounds / 5), 'W2', async () => {
      seed += 1;
      const lines = [...linesOf(createPolygons(seed), fileRows, template)];
      const ours = await importLines(world, other, lines);
      const copied = await copyRate(world, createPolygons(seed), fileRows, template);
      return { ours: ours.totalMs, anchor: copied };
    });
    const isWhole = only.length === GOAL_IDS.length && count >= 1_000_000 && signal?.aborted !== true;
    const boxes = isWhole ? await importBoxes(world, few, count, tell) : undefined;
    return {
      ...{
        count,
        boxes,
        large: all,
        memoryMb,
        views,
        blind,
        overview,
        batches,
        singles,
        edits,
        files,
        fileRows,
        storage,
      },
      wholeRates,
    };
  } finally {
    await view?.close();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures one goal in rounds, when it is asked for. */
type InTurns = (id: GoalId, n: number, name: string, round: (index: number) => Promise<Pair>) => Promise<Pair[]>;

/** Parts of the slide with about 1,000 and 10,000 objects: by one's own and the bare server, and with and without being blinded. */
async function measureViews(
  { browser, projectId }: World,
  view: View,
  { count, rounds, only, inTurns }: ServerOptions & { readonly inTurns: InTurns },
): Promise<Pick<AnnotationsResult, 'views' | 'blind'>> {
  // Somebody has looked around for a while: what the server keeps in memory of an image that is looked at is there.
  const looked = await view.places(Math.min(1000, Math.floor(count / 4)), 10);
  for (let i = 0; i < Math.min(100, 4 * rounds); i++) await view.read(looked[i % looked.length]!);
  const views: AnnotationsResult['views'][number][] = [];
  const blind: ViewPairs[] = [];
  const setMode = async (collaboration: string): Promise<void> => {
    const { status, body } = await browser.request('PATCH', `/projects/${projectId}`, { collaboration });
    if (status !== 200) throw new Error(`The mode was not changed: ${status} ${JSON.stringify(body)}`);
  };
  for (const [id, wanted] of [
    ['R1', 1000],
    ['R2', 10_000],
  ] as const) {
    if (!only.includes(id) && !only.includes('V1')) continue;
    const objects = Math.min(wanted, Math.floor(count / 4));
    const places = await view.places(objects, rounds + 2);
    const place = (index: number) => places[index + 2] ?? places[0]!;
    if (only.includes(id)) {
      await view.check(places[0]!);
      // Both servers have done this before: code that runs for the first time is compiled meanwhile.
      for (let i = 0; i < 2 * rounds; i++) await view.read(places[i % 2]!);
      views.push({ id, objects, pairs: await inTurns(id, rounds, id, (index) => view.read(place(index))) });
    }
    if (!only.includes('V1')) continue;
    await setMode('blind');
    await view.checkBlind(places[0]!);
    for (let i = 0; i < 2 * rounds; i++) await view.readBlind(places[i % 2]!, i % 2 === 0);
    const pairs = await inTurns('V1', 2 * rounds, `V1, ${objects} objects`, (index) =>
      view.readBlind(place(index >> 1), index % 2 === 0),
    );
    blind.push({ objects, pairs });
    await setMode('cooperative');
  }
  if (only.includes('V1')) {
    await setMode('blind');
    for (let i = 0; i < rounds; i++) await view.readBlind('overview', i % 2 === 0);
    const read = (index: number) => view.readBlind('overview', index % 2 === 0);
    blind.push({ objects: 'overview', pairs: await inTurns('V1', 2 * rounds, 'V1, overview', read) });
    await setMode('cooperative');
  }
  return { views, blind };
}

interface Edits {
  readonly large: number;
  readonly few: number;
  readonly rounds: number;
  post(url: string, body: string, cookie: string): Promise<number>;
  readonly inTurns: InTurns;
}

/** Moves a point of one object among all, and of one among ten, in turns. */
async function measureEdits({ server, browser }: World, { large, few, rounds, post, inTurns }: Edits): Promise<Pair[]> {
  const firstOf = async (imageId: number): Promise<Annotation> =>
    (await browser.request<{ items: Annotation[] }>('GET', `/images/${imageId}/annotations?limit=1`)).body
      .items[0] as Annotation;
  const objects = { large: await firstOf(large), few: await firstOf(few) };
  const edit = (imageId: number, { uuid, geometry }: Annotation, revision: number): Promise<number> => {
    const { polygons } = geometry as PolygonGeometry;
    const moved = polygons.map((rings) => rings.map((ring) => ring.map((value) => value + (revision % 2) / 4)));
    return post(
      `${server.url}/api/v2/images/${imageId}/annotations/changes`,
      JSON.stringify({
        changeId: randomUUID(),
        update: [{ uuid, revision, geometry: { kind: 'polygon', polygons: moved } }],
      }),
      browser.cookie,
    );
  };
  for (let revision = 1; revision <= 10; revision++) {
    await edit(large, objects.large, revision);
    await edit(few, objects.few, revision);
  }
  return inTurns('edit', rounds, 'edit', async (index) => ({
    ours: await edit(large, objects.large, 11 + index),
    anchor: await edit(few, objects.few, 11 + index),
  }));
}

async function wholeRate({ server, browser }: World, imageId: number, rows: number): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${server.url}/api/v2/images/${imageId}/annotations/frame`, {
    headers: { cookie: browser.cookie },
  });
  const bytes = await response.arrayBuffer();
  const took = performance.now() - startedAt;
  if (response.status !== 200)
    throw new Error(`The frame answered ${response.status}: ${Buffer.from(bytes).toString()}`);
  const { count } = decodeFrame(bytes);
  if (count !== rows) throw new Error(`The frame holds ${count} of ${rows} annotations.`);
  return rows / (took / 1000);
}

async function importBoxes(
  world: World,
  imageId: number,
  count: number,
  tell: (line: string) => void,
): Promise<ImportResult> {
  const { rows } = await world.sql.query<{ id: number }>(
    `insert into core.template (product_id, name, colour, kind) select product_id, 'Box', '#000000', 'box' from core.template limit 1 returning id`,
  );
  const templateId = rows[0]?.id ?? 0;
  function* lines(): Generator<string> {
    let piece = '';
    for (let i = 0; i < count; i++) {
      const [x, y] = [(i * 7919) % (SLIDE_PX - POINTS), (i * 104_729) % (SLIDE_PX - POINTS)];
      piece += `{"templateId":${templateId},"geometry":{"kind":"box","x":${x},"y":${y},"width":${POINTS},"height":25}}\n`;
      if (piece.length < 1_000_000) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  const result = await importLines(world, imageId, lines());
  tell(`  ${count} boxes: ${(result.totalMs / 1000).toFixed(1)} s`);
  return result;
}
