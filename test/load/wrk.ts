import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { onCore } from './processes.ts';

const WALK = fileURLToPath(new URL('walk.lua', import.meta.url));
const run = promisify(execFile);

export interface Walk {
  readonly url: string;
  /** File with one path a line. */
  readonly list: string;
  readonly start: number;
  readonly stride: number;
  readonly cookie?: string | undefined;
  readonly connections: number;
  /** Whole seconds: wrk knows no less. */
  readonly seconds: number;
}

export interface WalkResult {
  readonly perSecond: number;
  readonly requests: number;
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** One slice of load by wrk. @throws when a single answer was an error: a rate of failures is worth nothing */
export async function walk({ url, list, start, stride, cookie = '', connections, seconds }: Walk): Promise<WalkResult> {
  const [program = '', ...args] = [
    ...onCore(1),
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '5s',
    '-s',
    WALK,
    url,
  ];
  const env = {
    PATH: process.env.PATH,
    WALK_LIST: list,
    WALK_START: String(start),
    WALK_STRIDE: String(stride),
    WALK_COOKIE: cookie,
  };
  const { stdout } = await run(program, args, { env });
  const line = /^WALK (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk told no result for ${url}:\n${stdout}`);
  const { requests, durationUs, failed, ...rest } = JSON.parse(line) as {
    requests: number;
    durationUs: number;
    bytes: number;
    p50Us: number;
    p99Us: number;
    failed: number;
  };
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${url} failed.`);
  return { ...rest, requests, perSecond: requests / (durationUs / 1e6) };
}
