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
import { createView } from './view.ts';
import { createWorld, importLines, type ImportResult, type World } from './world.ts';

export interface AnnotationsOptions {
  /** Polygons on the large image. */
  readonly count: number;
  /** Rounds of single requests; of long ones (imports) a fifth. */
  readonly rounds: number;
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

export interface AnnotationsResult {
  readonly count: number;
  readonly boxes: ImportResult | undefined;
  readonly large: ImportResult;
  /** Most memory that the server has had so far when the large import was over, and when it began. */
  readonly memoryMb: { readonly before: number; readonly after: number };
  readonly views: readonly { readonly id: 'R1' | 'R2'; readonly objects: number; readonly pairs: readonly Pair[] }[];
  /** Rows a second of an image that is read as a whole. */
  readonly wholeRates: readonly number[];
  readonly wholeRows: number;
  readonly payload: Payload;
  readonly overview: readonly Pair[];
  readonly batches: readonly Pair[];
  /** Rows a second: import of a file, and COPY of the same number. */
  readonly files: readonly Pair[];
  readonly fileRows: number;
  readonly singles: readonly Pair[];
  /** Editing one among all (`ours`) and one among ten (`anchor`). */
  readonly edits: readonly Pair[];
  readonly storage: Storage;
}

const BATCH = 1000;
const FEW = 10;

/** Fills a slide by the import of the product and measures reading and writing on it, each beside its anchor in turns. */
export async function measureAnnotations(options: AnnotationsOptions): Promise<AnnotationsResult> {
  const { count, rounds, nodeArgs = [], tell = () => undefined, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'exact-bench-annotations-'));
  tell('Starting the server …');
  const world = await createWorld(folder, nodeArgs);
  try {
    const { large, other, few } = world.images;
    const template = (index: number): number => world.templates[index % world.templates.length] ?? 0;
    const before = peakMemoryMb(world.server.pid);
    tell(`Importing ${count} polygons …`);
    const all = await importLines(world, large, linesOf(createPolygons(), count, template));
    if (all.created !== count) throw new Error(`${all.created} of ${count} were stored.`);
    const memoryMb = { before, after: peakMemoryMb(world.server.pid) };
    tell(
      `  ${(all.totalMs / 1000).toFixed(1)} s, ${Math.round(count / (all.totalMs / 1000))} rows/s; the server had at most ${memoryMb.after} MB`,
    );
    await world.sql.query('vacuum analyze core.annotation'); // as the autovacuum does sooner or later; not in the middle of a round
    const storage = await measureStorage(world, Math.min(count, 100_000));
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
    const inTurns = async (n: number, name: string, round: (index: number) => Promise<Pair>): Promise<Pair[]> => {
      const pairs: Pair[] = [];
      for (let i = 0; i < n && signal?.aborted !== true; i++) pairs.push(await round(i));
      const ratios = pairs.map((pair) => pair.ours / pair.anchor).toSorted((a, b) => a - b);
      tell(`  ${name}: ${ratios[Math.floor(ratios.length / 2)]?.toFixed(3) ?? '–'} of its anchor`);
      return pairs;
    };

    tell('Reading …');
    const view = createView(world, anchor, count);
    // Somebody has looked around for a while: what the server keeps in memory of an image that is looked at is there.
    const looked = await view.places(Math.min(1000, Math.floor(count / 4)), 10);
    for (let i = 0; i < Math.min(100, 4 * rounds); i++) await view.read(looked[i % looked.length]!);
    const views: { id: 'R1' | 'R2'; objects: number; pairs: Pair[] }[] = [];
    for (const [id, wanted] of [
      ['R1', 1000],
      ['R2', 10_000],
    ] as const) {
      const places = await view.places(Math.min(wanted, Math.floor(count / 4)), rounds + 2);
      const ask = async (index: number): Promise<Pair> => view.read(places[index + 2] ?? places[0]!);
      await view.check(places[0]!);
      // Both servers have done this before: code that runs for the first time is compiled meanwhile.
      for (let i = 0; i < 2 * rounds; i++) await view.read(places[i % 2]!);
      views.push({ id, objects: Math.min(wanted, count), pairs: await inTurns(rounds, id, ask) });
    }
    const overview = await inTurns(Math.ceil(rounds / 3), 'R7', () => view.overview());

    tell('Writing …');
    for (let i = 0; i < 3; i++) await create(BATCH);
    const batches = await inTurns(rounds, 'W1', () => create(BATCH));
    for (let i = 0; i < 10; i++) await create(1);
    const singles = await inTurns(4 * rounds, 'W3', () => create(1));
    await change(few, { create: drafts(FEW) });
    const edits = await measureEdits(world, { large, few, rounds: 4 * rounds, post, inTurns });

    tell('Files …');
    const fileRows = Math.min(count, 100_000);
    const wholeRows = fileRows;
    await importLines(world, other, linesOf(createPolygons(SEED + 2), wholeRows, template));
    const wholeRates: number[] = [];
    for (let i = 0; i < Math.ceil(rounds / 5); i++) wholeRates.push(await wholeRate(world, other, wholeRows));
    let seed = SEED + 2;
    const files = await inTurns(Math.ceil(rounds / 5), 'W2', async () => {
      seed += 1;
      const lines = [...linesOf(createPolygons(seed), fileRows, template)];
      const ours = await importLines(world, other, lines);
      const copied = await copyRate(world, createPolygons(seed), fileRows, template);
      return { ours: ours.totalMs, anchor: copied };
    });
    const boxes =
      count >= 1_000_000 && signal?.aborted !== true ? await importBoxes(world, few, count, tell) : undefined;
    return {
      ...{ count, boxes, large: all, memoryMb, views, overview, batches, singles, edits, files, fileRows, storage },
      ...{ wholeRates, wholeRows, payload: measurePayload(Math.min(count, 100_000)) },
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Edits {
  readonly large: number;
  readonly few: number;
  readonly rounds: number;
  post(url: string, body: string, cookie: string): Promise<number>;
  inTurns(n: number, name: string, round: (index: number) => Promise<Pair>): Promise<Pair[]>;
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
  return inTurns(rounds, 'edit', async (index) => ({
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
