import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'core/src/main.ts');
export const ADMIN = Object.freeze({ username: 'admin', password: 'only-for-this-test-run' });

/** The server as a program of its own: what can be killed, stopped by a signal and measured. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
  /** From the call to the line that says where the server is. */
  readonly readyAfterMs: number;
  /** What it has written so far. */
  output(): string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface ServerProcessOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments before node, such as `['taskset', '-c', '0']`. */
  readonly prefix?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Makes it the head of a process group, as a shell does: a signal to `-pid` is then what Ctrl-C sends. */
  readonly ownGroup?: boolean;
}

/** Starts core/src/main.ts on a free port, without the demo, with {@link ADMIN}, and waits until it is ready. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { dataDir, env = {}, prefix = [], nodeArgs = [], ownGroup = false } = options;
  const [program = '', ...args] = [...prefix, process.execPath, '--conditions=source', ...nodeArgs, MAIN];
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: ROOT,
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      EXACT_DATA_DIR: dataDir,
      PORT: '0',
      EXACT_DEMO: '0',
      EXACT_ADMIN_USER: ADMIN.username,
      EXACT_ADMIN_PASSWORD: ADMIN.password,
      EXACT_LOG_LEVEL: 'info',
      ...env,
    },
  });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: string): void => {
      text += chunk;
      const found = /Exact is ready: (http\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The server ended at its start (${signal ?? `code ${code}`}):\n${text.slice(-4000)}`)),
    );
  });
  return {
    child,
    pid: child.pid as number, // a program that has written something has one
    url,
    readyAfterMs: performance.now() - startedAt,
    output: () => text,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

/** The embedded PostgreSQL of a data folder, by what it writes itself: process id and how to reach it. */
export function embeddedPostgres(dataDir: string): { readonly pid: number; readonly socketFolder: string } | undefined {
  try {
    const [pid, , , , socketFolder = ''] = readFileSync(join(dataDir, 'postgres/pgdata/postmaster.pid'), 'utf8').split(
      '\n',
    );
    return { pid: Number(pid), socketFolder };
  } catch {
    return undefined;
  }
}

/** Whether a process is there and not a zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** A signed-in browser without a browser. The cookie outlives the server, as sessions do. */
export interface Browser {
  readonly cookie: string;
  /** @throws whatever `fetch` throws: the server is away, or silent for 10 s */
  request<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
}

/** @param url - asked at each request: a server that is started again listens elsewhere */
export async function signIn(
  url: () => string,
  { username, password }: { readonly username: string; readonly password: string } = ADMIN,
): Promise<Browser> {
  const opened = await send(url(), '', 'POST', '/auth/session', { username, password });
  if (opened.status !== 200) throw new Error(`Signing in answered ${opened.status}: ${JSON.stringify(opened.body)}`);
  const cookie = opened.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { cookie, request: (method, path, body) => send(url(), cookie, method, path, body) };
}

async function send<T>(url: string, cookie: string, method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const response = await fetch(`${url}/api/v2${path}`, {
    method,
    headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    body: (isJson && text !== '' ? JSON.parse(text) : text) as T,
    headers: response.headers,
  };
}

/** A team, a project and an image set, made through the API. */
export async function createImageSet(
  browser: Browser,
): Promise<{ readonly projectId: number; readonly imageSetId: number }> {
  const make = async (path: string, body: object): Promise<number> => {
    const answer = await browser.request<{ id: number }>('POST', path, body);
    if (answer.status !== 201)
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  const teamId = await make('/teams', { name: 'Team' });
  const projectId = await make(`/teams/${teamId}/projects`, { name: 'Project' });
  return { projectId, imageSetId: await make(`/projects/${projectId}/image-sets`, { name: 'Images' }) };
}

/** A slide small enough for a test, real in all else: the one that the demo shows. */
export const SMALL_SLIDE = join(ROOT, 'plugins/demo-datasets/data/CMU-1-Small-Region.svs');
