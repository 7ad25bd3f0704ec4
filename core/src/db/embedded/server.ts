import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

import { type Account, planLaunch } from './account.ts';
import { SUPERUSER, spawnIdentity } from './cluster.ts';
import { EmbeddedDatabaseError } from './errors.ts';
import { endProcess } from './survivor.ts';

const READY_TIMEOUT_MS = 300_000; // replaying the log after a crash may take minutes on a slow disk
const RETRY_MS = 10_000; // processes of a killed server need a moment to notice and to let go of its memory
const LOG_LIMIT_BYTES = 10 * 2 ** 20;

export interface ServerPlan {
  readonly program: string;
  readonly data: string;
  readonly socketFolder: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly account: Account | undefined;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/** A server that answers. */
export interface Server {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
  /** Asks the server to stop without waiting for it: all that can be done while the program exits. */
  signalStop(): void;
}

/** Starts the server and waits until it answers; a folder still held by a dying server is tried again for 10 s. */
export async function startServer(plan: ServerPlan): Promise<Server> {
  const giveUpAt = Date.now() + RETRY_MS;
  for (;;) {
    const outcome = await tryServer(plan);
    if (!('failure' in outcome)) return outcome;
    plan.signal.throwIfAborted();
    const isHeld = /pre-existing shared memory|lock file .* already exists/.test(outcome.failure);
    if (!isHeld || Date.now() > giveUpAt) {
      throw new EmbeddedDatabaseError(
        'EMBEDDED_DB_START_FAILED',
        `The embedded database in ${plan.data} does not start. Its log (${plan.logFile}) says: ${outcome.failure || 'nothing'}`,
      );
    }
    await delay(200);
  }
}

async function tryServer(plan: ServerPlan): Promise<Server | { readonly failure: string }> {
  const args = [
    '-D',
    plan.data,
    ...Object.entries(plan.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const launch = planLaunch(plan.program, args, plan.data, plan.account);
  const log = openLog(plan.logFile);
  const child = spawn(launch.command, launch.args, {
    ...spawnIdentity(launch),
    // A group of its own: Ctrl-C in the terminal must reach us only, so that requests are answered before the server ends.
    detached: true,
    // A file and no pipe: the server may outlive us, and a broken pipe would stop it from logging.
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: -1, signal: null }));
  });
  const stop = async (): Promise<void> => {
    if (child.pid === undefined || hasEnded(child)) return;
    child.ref();
    await endProcess(child.pid);
    await ended;
  };
  try {
    if (await answers(plan, child)) {
      child.unref();
      // A process that answers has an id.
      return { pid: child.pid as number, ended, stop, signalStop: () => void child.kill('SIGINT') };
    }
    const failure = log.readNew();
    await stop();
    return { failure };
  } finally {
    closeSync(log.fd);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function answers(plan: ServerPlan, child: ChildProcess): Promise<boolean> {
  for (const end = Date.now() + READY_TIMEOUT_MS; Date.now() < end; await delay(15)) {
    if (child.pid === undefined || hasEnded(child) || plan.signal.aborted) return false;
    const client = new pg.Client({
      host: plan.socketFolder,
      port: plan.port,
      user: SUPERUSER,
      database: 'postgres',
      ssl: false,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => {}); // the server may end under us; the loop looks again
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      // not yet there, or still replaying its log
    }
  }
  return false;
}

function openLog(path: string): { readonly fd: number; readNew(): string } {
  try {
    if (statSync(path).size > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // there is none yet
  }
  const fd = openSync(path, 'a+', 0o600);
  const start = fstatSync(fd).size;
  return {
    fd,
    readNew: () => {
      const text = Buffer.alloc(4096);
      return text.toString('utf8', 0, readSync(fd, text, 0, text.length, start)).trim();
    },
  };
}
