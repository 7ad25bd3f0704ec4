import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LIVE_PATH } from '@exact/sdk/contract';
import WebSocket from 'ws';
import { endSurvivor } from '../../core/src/db/embedded/survivor.ts';
import {
  createImageSet,
  embeddedPostgres,
  isRunning,
  type ServerProcess,
  signIn,
  startServerProcess,
} from '../server-process.ts';

let dataDir = '';
const servers: ServerProcess[] = [];

async function start(): Promise<ServerProcess> {
  const server = await startServerProcess({ dataDir, ownGroup: true });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'exact-stop-'));
});

afterAll(async () => {
  for (const server of servers) await server.end('SIGKILL');
  await endSurvivor(join(dataDir, 'postgres/pgdata'));
  await rm(dataDir, { recursive: true, force: true });
});

describe('Ctrl-C', () => {
  it('ends server and database in order, whoever is connected, and the next start finds all as it was', async () => {
    const server = await start();
    const browser = await signIn(() => server.url);
    const { projectId } = await createImageSet(browser);
    // Two that would hold an ordinary server open for long: a kept-alive connection and a live channel.
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) =>
      get(`${server.url}/health/live`, { agent }, (answer) => answer.resume().once('end', resolve)).once(
        'error',
        reject,
      ),
    );
    const live = new WebSocket(`${server.url.replace('http', 'ws')}${LIVE_PATH}`, {
      headers: { cookie: browser.cookie, origin: server.url },
    });
    await once(live, 'open');

    const database = embeddedPostgres(dataDir);
    expect(database && isRunning(database.pid)).toBe(true);
    const askedAt = performance.now();
    const ended = once(server.child, 'exit');
    process.kill(-server.pid, 'SIGINT'); // to the group, as a terminal does
    await ended;
    const stoppedMs = Math.round(performance.now() - askedAt);
    agent.destroy();
    live.terminate();

    expect({ code: server.child.exitCode, signal: server.child.signalCode }).toEqual({ code: 0, signal: null });
    expect(programsOf(dataDir)).toEqual([]);
    expect(embeddedPostgres(dataDir)).toBeUndefined(); // PostgreSQL takes its pid file away when it ends in peace
    expect(existsSync(database?.socketFolder ?? '')).toBe(false);
    expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);

    const second = await start();
    process.stdout.write(
      `stopped after ${stoppedMs} ms; second start ready after ${Math.round(second.readyAfterMs)} ms (first: ${Math.round(server.readyAfterMs)} ms)\n`,
    );
    const again = await signIn(() => second.url);
    expect((await again.request<{ id: number }[]>('GET', '/projects')).body.map(({ id }) => id)).toEqual([projectId]);
    expect(readFileSync(join(dataDir, 'postgres/postgres.log'), 'utf8')).not.toContain('was not properly shut down');
    expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(programsOf(dataDir)).toEqual([]);
  });

  it('works also while the database is down', async () => {
    const server = await start();
    process.kill(embeddedPostgres(dataDir)?.pid as number, 'SIGKILL');
    expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(programsOf(dataDir)).toEqual([]);
  });
});

/** Command lines of the programs that work in a folder: PostgreSQL and whatever else the server has started. */
function programsOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isRunning(Number(name)))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // has ended meanwhile
      }
    })
    .filter((line) => line.includes(folder));
}
