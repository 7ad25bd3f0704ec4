import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { processorTimeUs } from '../processes.ts';
import { median } from '../statistics.ts';
import { walk, type WalkResult } from '../wrk.ts';
import { checkAnswers } from './check.ts';
import { type FirstTile, startOurs } from './ours.ts';
import { type LeftOut, startAnchor, startNginx, type TileServer } from './servers.ts';
import { type BenchSlide, provideSlide, TILE, type TileAddress } from './slide.ts';

export interface TilesOptions {
  /** Edge of the slide in pixels. */
  readonly sidePx: number;
  /** Slices at 8 connections; at 16 and 1 a third of them. */
  readonly slices: number;
  /** How often the slide is uploaded for "last byte to first tile". */
  readonly uploads: number;
  /** Once at 8 connections and nothing else: whether it runs. */
  readonly isTrial?: boolean;
  readonly nodeArgs?: readonly string[];
  readonly tell?: (line: string) => void;
  /** Ends after the slice that is running; what was measured is reported. */
  readonly signal?: AbortSignal;
}

export interface Slice extends WalkResult {
  readonly cpuUsPerTile: number;
}

export interface Series {
  readonly id: TileServer['id'];
  readonly title: string;
  readonly connections: number;
  readonly slices: readonly Slice[];
}

/** On a busy machine a slice takes longer than its second; then fewer of them have to do. */
const LIMIT_MS = 220_000;

export interface TilesResult {
  readonly slide: { readonly sidePx: number; readonly sizeBytes: number; readonly tiles: number };
  /** Rate of ours in the first second: most of its tiles have not been asked before. */
  readonly firstSlice: number;
  readonly series: readonly Series[];
  readonly firstTiles: readonly FirstTile[];
  readonly leftOut: readonly LeftOut[];
}

const CONNECTIONS = 8;
/** Besides all of them at 8 connections. */
const ALSO: readonly { readonly connections: number; readonly ids: readonly TileServer['id'][] }[] = [
  { connections: 1, ids: ['ours', 'nginx', 'iipsrv'] },
  { connections: 16, ids: ['ours', 'constant', 'nginx'] },
];

/** Measures all servers in turns, a second each, so that whatever disturbs the machine disturbs all of them alike. */
export async function measureTiles(options: TilesOptions): Promise<TilesResult> {
  const { sidePx, slices, uploads, isTrial = false, nodeArgs = [], tell = () => undefined, signal } = options;
  const slide = await provideSlide(sidePx, tell);
  const folder = await mkdtemp(join(tmpdir(), 'exact-bench-'));
  const servers: TileServer[] = [];
  try {
    const inner = slide.tiles.filter(
      ({ level, col, row }) =>
        (col + 1) * TILE <= (slide.levels[level]?.width ?? 0) && (row + 1) * TILE <= (slide.levels[level]?.height ?? 0),
    );
    const typical = inner[Math.floor(inner.length / 2)] ?? { level: 0, col: 0, row: 0 };
    tell('Starting the servers …');
    const ours = await startOurs(slide, join(folder, 'data'), { uploads, nodeArgs });
    servers.push(ours);
    const leftOut: LeftOut[] = [];
    for (const id of ['constant', 'nginx', 'iipsrv', 'transcode'] as const) {
      const started = await (id === 'nginx' || id === 'iipsrv'
        ? startNginx(id, slide, folder, typical)
        : startAnchor(id, slide, typical));
      if ('reason' in started) leftOut.push(started);
      else servers.push(started);
    }
    const samples = Array.from(
      { length: Math.min(12, inner.length) },
      (_, index) => inner[(index * 7919) % inner.length] as TileAddress,
    );
    for (const server of servers) await checkAnswers(server, slide, samples);
    tell('All answers are right; measuring …');

    const lists = await writeLists(servers, slide, folder);
    const measured = new Map<string, Slice[]>();
    const stride = strideFor(slide.tiles.length);
    const measure = async (server: TileServer, connections: number, round: number): Promise<Slice> => {
      const before = processorTimeUs(server.pids);
      const result = await walk({
        url: server.url,
        list: lists.get(server.id) ?? '',
        start: (round * 3571) % slide.tiles.length, // elsewhere each time, the same for all servers
        stride,
        cookie: server.cookie,
        connections,
        seconds: 1,
      });
      return { ...result, cpuUsPerTile: (processorTimeUs(server.pids) - before) / result.requests };
    };
    const first = await measure(ours, CONNECTIONS, 0);
    if (!isTrial) for (const server of servers.slice(1)) await measure(server, CONNECTIONS, 0);
    const until = performance.now() + LIMIT_MS;
    for (let round = 1; round <= slices; round++) {
      if (signal?.aborted === true || performance.now() > until) {
        tell(
          `Stopped after ${round - 1} of ${slices} rounds${signal?.aborted === true ? '' : `: ${LIMIT_MS / 1000} s are over`}.`,
        );
        break;
      }
      const also = round % 3 === 1 && !isTrial ? ALSO : [];
      for (const { connections, ids } of [{ connections: CONNECTIONS, ids: servers.map(({ id }) => id) }, ...also]) {
        for (const server of servers.filter(({ id }) => ids.includes(id))) {
          const key = `${server.id}/${connections}`;
          measured.set(key, [...(measured.get(key) ?? []), await measure(server, connections, round)]);
        }
      }
      tell(
        `  ${round}/${slices}: ours ${Math.round(median((measured.get(`ours/${CONNECTIONS}`) ?? []).map(({ perSecond }) => perSecond)))} tiles/s`,
      );
    }
    const series = [CONNECTIONS, 16, 1].flatMap((connections) =>
      servers.flatMap(({ id, title }) => {
        const of = measured.get(`${id}/${connections}`);
        return of ? [{ id, title, connections, slices: of }] : [];
      }),
    );
    return {
      slide: { sidePx, sizeBytes: slide.sizeBytes, tiles: slide.tiles.length },
      firstSlice: first.perSecond,
      series,
      firstTiles: ours.firstTiles,
      leftOut,
    };
  } finally {
    for (const server of servers.reverse()) await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeLists(
  servers: readonly TileServer[],
  slide: BenchSlide,
  folder: string,
): Promise<Map<string, string>> {
  const lists = new Map<string, string>();
  for (const server of servers) {
    const path = join(folder, `${server.id}.paths`);
    await writeFile(path, slide.tiles.map((tile) => server.pathOf(tile)).join('\n'));
    lists.set(server.id, path);
  }
  return lists;
}

/** A step of about 0.62 of the list that meets every tile before one comes twice. */
function strideFor(count: number): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let stride = Math.max(1, Math.round(count * 0.618));
  while (gcd(stride, count) !== 1) stride += 1;
  return stride;
}
