import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endProgram, freePort, hasProgram, onCore, startProgram } from '../processes.ts';
import { type BenchSlide, looseName, type TileAddress } from './slide.ts';

/** A server of tiles to be measured. */
export interface TileServer {
  readonly id: 'ours' | 'constant' | 'iipsrv' | 'nginx' | 'transcode';
  readonly title: string;
  readonly url: string;
  readonly cookie?: string;
  readonly pids: readonly number[];
  pathOf(tile: TileAddress): string;
  /**
   * How its pixels differ from the slide's: `stored` gives the stored JPEG, `encodedAnew` loses a little, `other` is always the
   * same tile.
   */
  readonly pixels: 'stored' | 'encodedAnew' | 'other';
  close(): Promise<void>;
}

/** A server that cannot be measured on this machine, and why. */
export interface LeftOut {
  readonly id: TileServer['id'];
  readonly title: string;
  readonly reason: string;
}

const ANCHOR = fileURLToPath(new URL('anchor-server.ts', import.meta.url));
const IIPSRV = '/usr/lib/iipimage-server/iipsrv.fcgi'; // where Debian's package puts it
const TITLES = {
  constant: 'node:http, one tile from memory',
  iipsrv: 'iipsrv behind nginx (decodes and encodes)',
  nginx: 'nginx, loose files',
  transcode: 'node:http, decoded and encoded by sharp',
} as const;

const answers = (url: string) => async (): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;

/** node:http that answers the tile of middle size, or that decodes and encodes: the two ends between which a Node server lies. */
export async function startAnchor(
  mode: 'constant' | 'transcode',
  slide: BenchSlide,
  typical: TileAddress,
): Promise<TileServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const source = mode === 'constant' ? join(slide.looseFolder, looseName(typical)) : slide.looseFolder;
  const child = await startProgram(
    [...onCore(0), process.execPath, ANCHOR, mode, String(port), source],
    answers(`${url}/${looseName(typical)}`),
  );
  return {
    id: mode,
    title: TITLES[mode],
    url,
    pids: [child.pid as number],
    pathOf: (tile) => `/${looseName(tile)}`,
    pixels: mode === 'constant' ? 'other' : 'encodedAnew',
    close: () => endProgram(child),
  };
}

/** nginx with one worker: loose files by itself, and iipsrv through FastCGI. Both run by hand, with a configuration of their own. */
export async function startNginx(
  id: 'nginx' | 'iipsrv',
  slide: BenchSlide,
  folder: string,
  probe: TileAddress,
): Promise<TileServer | LeftOut> {
  const title = TITLES[id];
  const program = hasProgram('nginx') ? 'nginx' : existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : undefined;
  if (program === undefined) return { id, title, reason: 'nginx is not installed (Debian: nginx)' };
  if (id === 'iipsrv' && !existsSync(IIPSRV))
    return { id, title, reason: `${IIPSRV} is not there (Debian: iipimage-server)` };
  const [port, fcgiPort] = [await freePort(), await freePort()];
  const home = join(folder, id);
  await mkdir(home, { recursive: true });
  for (const path of [folder, home]) await chmod(path, 0o777); // workers of a root's nginx are nobody's
  const location =
    id === 'nginx'
      ? `root ${slide.looseFolder};`
      : `fastcgi_pass 127.0.0.1:${fcgiPort}; fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;`;
  const config = join(home, 'nginx.conf');
  await writeFile(config, nginxConfig(home, port, location));
  const fcgi =
    id === 'iipsrv'
      ? await startProgram([...onCore(0), IIPSRV, '--bind', `127.0.0.1:${fcgiPort}`], async () => true, {
          env: { VERBOSITY: '0', LOGFILE: join(home, 'iipsrv.log'), JPEG_QUALITY: '80', MAX_IMAGE_CACHE_SIZE: '10' },
        })
      : undefined;
  const url = `http://127.0.0.1:${port}`;
  const largest = slide.levels.length - 1;
  const pathOf = (tile: TileAddress): string => {
    if (id === 'nginx') return `/${looseName(tile)}`;
    // iipsrv counts resolutions from the smallest, and tiles row by row.
    return `/?FIF=${slide.path}&JTL=${largest - tile.level},${tile.row * (slide.levels[tile.level]?.cols ?? 0) + tile.col}`;
  };
  const child = await startProgram(
    [...onCore(0), program, '-c', config, '-p', home, '-e', join(home, 'error.log'), '-g', 'daemon off;'],
    answers(url + pathOf(probe)),
  ).catch(async (error: unknown) => {
    if (fcgi) await endProgram(fcgi);
    throw error;
  });
  return {
    id,
    title,
    url,
    pids: [child, ...(fcgi ? [fcgi] : [])].map(({ pid }) => pid as number),
    pathOf,
    pixels: id === 'nginx' ? 'stored' : 'encodedAnew',
    async close() {
      await endProgram(child);
      if (fcgi) await endProgram(fcgi);
    },
  };
}

/**
 * One worker, no log, sendfile, connections that stay: what speaks for nginx; no cache of open files, which Debian has not either.
 * No kept connections to iipsrv: it serves one at a time and would let the others wait until that one is closed.
 */
const nginxConfig = (home: string, port: number, location: string): string => `
worker_processes 1;
pid ${home}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  types { image/jpeg jpg; }
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${home}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / { ${location} }
  }
}
`;
