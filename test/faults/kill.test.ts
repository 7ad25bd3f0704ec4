import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { endSurvivor } from '../../core/src/db/embedded/survivor.ts';
import { upload } from '../images/tus.ts';
import {
  type Browser,
  createImageSet,
  embeddedPostgres,
  type ServerProcess,
  signIn,
  SMALL_SLIDE,
  startServerProcess,
} from '../server-process.ts';
import { startWriter, type Writer } from './writer.ts';

/** 4 within `npm test`, 20 where the promise is proven at length. */
const ROUNDS = Number(process.env.EXACT_FAULT_ROUNDS ?? 4);
const WRITERS = 8;

let dataDir = '';
let server: ServerProcess;
let browser: Browser;
let imageId = 0;
let templateId = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'exact-kill-'));
  server = await startServerProcess({ dataDir });
  browser = await signIn(() => server.url);
  const { projectId, imageSetId } = await createImageSet(browser);
  const uploaded = await upload(server.url, imageSetId, 'slide.svs', await readFile(SMALL_SLIDE), {
    cookie: browser.cookie,
  });
  imageId = Number(uploaded.headers.get('exact-image-id'));
  const product = await browser.request<{ id: number }>('POST', `/projects/${projectId}/products`, { name: 'Cells' });
  const template = await browser.request<{ id: number }>(
    'POST',
    `/projects/${projectId}/products/${product.body.id}/templates`,
    { name: 'Cell', kind: 'box' },
  );
  templateId = template.body.id;
});

afterAll(async () => {
  await server.end('SIGKILL');
  await endSurvivor(join(dataDir, 'postgres/pgdata')); // the database of a killed server lives on
  await rm(dataDir, { recursive: true, force: true });
});

it(
  `loses no acknowledged annotation and doubles none in ${ROUNDS} kills under ${WRITERS} writers`,
  { timeout: 60_000 + ROUNDS * 30_000 },
  async () => {
    const writers: Writer[] = Array.from({ length: WRITERS }, () => startWriter(browser, imageId, templateId));
    const outputs: string[] = [];
    const acknowledged = (): number => writers.reduce((sum, { counts }) => sum + counts.acknowledged, 0);

    for (let round = 0; round < ROUNDS; round++) {
      // In the middle of writing, never in a pause of it: each writer has a request on its way most of the time.
      const before = acknowledged();
      await expect.poll(acknowledged, { timeout: 30_000, interval: 20 }).toBeGreaterThan(before + 5 * WRITERS);
      if (round % 2 === 0) {
        await server.end('SIGKILL');
        outputs.push(server.output());
        server = await startServerProcess({ dataDir });
      } else {
        process.kill(embeddedPostgres(dataDir)?.pid as number, 'SIGKILL'); // the server starts it again by itself
      }
    }
    const before = acknowledged();
    await expect.poll(acknowledged, { timeout: 30_000, interval: 20 }).toBeGreaterThan(before + 5 * WRITERS);
    await Promise.all(writers.map((writer) => writer.finish()));

    outputs.push(server.output());

    const kept = await stored();
    const lost: string[] = [];
    for (const { acknowledged: known } of writers) {
      for (const [uuid, { revision, description }] of known) {
        const rows = kept.annotations.filter((row) => row.uuid === uuid);
        const [row] = rows;
        // A writer changes only its own annotations, one after the other: what it was told last is what must be there.
        if (rows.length !== 1 || row?.revision !== revision || row.description !== description) lost.push(uuid);
      }
    }
    const sum = (name: 'tried' | 'sent' | 'acknowledged'): number =>
      writers.reduce((total, { counts }) => total + counts[name], 0);
    process.stdout.write(
      `${ROUNDS} kills: ${sum('tried')} changes tried in ${sum('sent')} requests, ${sum('acknowledged')} acknowledged, ${lost.length} lost; ` +
        `${kept.annotations.length} annotations, ${kept.revisions} revisions, ${kept.changeIds.length} events\n`,
    );

    const reasons = outputs
      .join('')
      .split('\n')
      .filter((line) => line.includes('"unexpected error"'));
    expect(
      writers.flatMap(({ unexpected }) => unexpected),
      reasons.join('\n'),
    ).toEqual([]);
    expect(lost).toEqual([]);
    expect(new Set(kept.annotations.map(({ uuid }) => uuid)).size).toBe(kept.annotations.length);
    // Nothing is there that no writer knows of: every writer has tried until it was told.
    expect(kept.annotations.length).toBe(writers.reduce((total, { acknowledged: known }) => total + known.size, 0));
    expect(kept.incompleteLogs).toEqual([]);
    expect(kept.changeIds.toSorted()).toEqual(writers.flatMap(({ changeIds }) => changeIds).toSorted());
  },
);

it('answers through the API with what the database holds', async () => {
  const { annotations } = await stored();
  const counts = await browser.request<{ count: number }[]>('GET', `/images/${imageId}/annotations/counts`);
  expect(counts.body).toEqual([{ templateId, count: annotations.length }]);
});

interface Stored {
  readonly annotations: readonly { readonly uuid: string; readonly revision: number; readonly description: string }[];
  readonly revisions: number;
  /** Annotations whose revision log is not 1, 2, … up to their revision. */
  readonly incompleteLogs: readonly string[];
  /** Of the events in the outbox: one for each change, so none twice. */
  readonly changeIds: readonly string[];
}

/** Looks behind the API: it could hide a double behind a `distinct`. */
async function stored(): Promise<Stored> {
  const client = new pg.Client({
    host: embeddedPostgres(dataDir)?.socketFolder ?? '',
    port: 5432,
    user: 'exact',
    database: 'exact',
  });
  await client.connect();
  try {
    const annotations = await client.query(
      `select uuid, revision, coalesce(description, '') as description from core.annotation`,
    );
    const incomplete = await client.query<{ uuid: string }>(
      `select a.uuid from core.annotation a left join core.annotation_history r on r.annotation_id = a.id group by a.id
       having array_agg(r.revision order by r.revision) is distinct from array(select generate_series(1, a.revision))`,
    );
    const revisions = await client.query<{ count: number }>(
      'select count(*)::int as count from core.annotation_history',
    );
    const events = await client.query<{ id: string }>(
      `select event ->> 'changeId' as id from core.outbox where topic = 'annotations.changed'`,
    );
    return {
      annotations: annotations.rows as Stored['annotations'],
      revisions: revisions.rows[0]?.count ?? 0,
      incompleteLogs: incomplete.rows.map(({ uuid }) => uuid),
      changeIds: events.rows.map(({ id }) => id),
    };
  } finally {
    await client.end();
  }
}
