import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

import { upload } from '../../images/tus.ts';
import {
  type Browser,
  createImageSet,
  embeddedPostgres,
  type ServerProcess,
  signIn,
  SMALL_SLIDE,
  startServerProcess,
} from '../../server-process.ts';
import { endProgram } from '../processes.ts';
import { SLIDE_PX } from './polygons.ts';

export const TEMPLATES = 5;

/** The shipped server with its own PostgreSQL (fsync on), a slide without annotations, and the anchors beside it. */
export interface World {
  readonly server: ServerProcess;
  /** Of an administrator, who manages the project. */
  readonly browser: Browser;
  /** Of an annotator of the project. */
  readonly reader: Browser;
  readonly projectId: number;
  readonly sql: pg.Client;
  readonly templates: readonly number[];
  /** The images: the large one, one for other rows, one with a few. */
  readonly images: { readonly large: number; readonly other: number; readonly few: number };
  /** Starts the bare server that ours is compared with; once there is data to copy. */
  startAnchor(): Promise<string>;
  close(): Promise<void>;
}

export async function createWorld(folder: string, nodeArgs: readonly string[] = []): Promise<World> {
  const dataDir = join(folder, 'data');
  const server = await startServerProcess({ dataDir, nodeArgs, env: { EXACT_LOG_LEVEL: 'warn' } });
  let anchor: ChildProcess | undefined;
  let sql: pg.Client | undefined;
  const close = async (): Promise<void> => {
    if (anchor) await endProgram(anchor);
    await sql?.end().catch(() => undefined);
    await server.end('SIGTERM');
  };
  try {
    const browser = await signIn(() => server.url);
    const { projectId, imageSetId } = await createImageSet(browser);
    const reader = await addReader(server, browser, projectId);
    const slide = await readFile(SMALL_SLIDE);
    const images: number[] = [];
    for (const name of ['large.svs', 'other.svs', 'few.svs']) {
      const answer = await upload(server.url, imageSetId, name, slide, { cookie: browser.cookie });
      images.push(Number(answer.headers.get('exact-image-id')));
    }
    const product = await browser.request<{ id: number }>('POST', `/projects/${projectId}/products`, { name: 'Cells' });
    const templates: number[] = [];
    for (let i = 0; i < TEMPLATES; i++) {
      const template = await browser.request<{ id: number }>(
        'POST',
        `/projects/${projectId}/products/${product.body.id}/templates`,
        { name: `Cell ${i + 1}`, kind: 'polygon' },
      );
      templates.push(template.body.id);
    }
    const host = embeddedPostgres(dataDir)?.socketFolder ?? '';
    const client = new pg.Client({ host, port: 5432, user: 'exact', database: 'exact' });
    await client.connect();
    sql = client;
    // The pixels stay those of the small slide: nobody looks at them here.
    await client.query('update core.image set width = $1, height = $1', [SLIDE_PX]);
    const [large = 0, other = 0, few = 0] = images;
    return {
      server,
      browser,
      reader,
      projectId,
      sql: client,
      templates,
      images: { large, other, few },
      async startAnchor() {
        await client.query(`create schema bench; create sequence bench.bare_id start 1000000000;
          create table bench.bare (like core.annotation including all)`);
        await client.query('insert into bench.bare overriding system value select * from core.annotation');
        await client.query('analyze');
        anchor = spawn(
          process.execPath,
          ['--conditions=source', fileURLToPath(new URL('./anchor-server.ts', import.meta.url)), host, String(large)],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        );
        const [line] = (await once(anchor.stdout?.setEncoding('utf8') as Readable, 'data')) as [string];
        return `http://127.0.0.1:${/\d+/.exec(line)?.[0] ?? ''}`;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const READER = { username: 'reader', password: 'only-for-this-test-run' };

async function addReader(server: ServerProcess, browser: Browser, projectId: number): Promise<Browser> {
  const done = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await browser.request<T>(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const user = await done<{ id: number }>('POST', '/users', { ...READER, displayName: 'Reader' });
  const { teamId } = await done<{ teamId: number }>('GET', `/projects/${projectId}`);
  await done('PUT', `/teams/${teamId}/members/${READER.username}`, { isTeamAdmin: false });
  await done('PUT', `/projects/${projectId}/members/${user.id}`, { role: 'annotator' });
  return signIn(() => server.url, READER);
}

export interface ImportResult {
  readonly uploadMs: number;
  /** From the first byte sent to the end of the job. */
  readonly totalMs: number;
  readonly created: number;
  /** How often the job has told something new on its way. */
  readonly steps: number;
}

/** Imports lines as a client does: sends the file, then asks until the job has ended. */
export async function importLines(
  { server, browser: manager }: World,
  imageId: number,
  lines: Iterable<string>,
  browser: Browser = manager,
): Promise<ImportResult> {
  const importId = crypto.randomUUID();
  const startedAt = performance.now();
  const response = await fetch(`${server.url}/api/v2/images/${imageId}/annotations/import?importId=${importId}`, {
    method: 'POST',
    headers: { cookie: browser.cookie, 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(lines, { objectMode: false })) as ReadableStream<Uint8Array>,
    duplex: 'half',
  } as RequestInit);
  if (response.status !== 202) throw new Error(`The import answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
  const uploadMs = performance.now() - startedAt;
  const told = new Set<number>();
  for (;;) {
    const { body } = await browser.request<{
      created?: number;
      job: { state: string; progress: number; problem?: object };
    }>('GET', `/images/${imageId}/annotations/imports/${importId}`);
    told.add(body.job.progress);
    if (body.job.state === 'done')
      return { uploadMs, totalMs: performance.now() - startedAt, created: body.created ?? 0, steps: told.size };
    if (!['waiting', 'running'].includes(body.job.state)) throw new Error(`The import ended: ${JSON.stringify(body)}`);
    await delay(25);
  }
}
