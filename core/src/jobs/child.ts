import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineError } from '@exact/sdk/contract';

/** The task itself failed; `code` and message are the ones it threw. */
export class TaskFailedError extends Error {
  override readonly name = 'TaskFailedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const TaskTimedOutError = defineError<{ limitMs: number }>({
  code: 'TASK_TIMED_OUT',
  status: 422,
  message: (d) =>
    `It took longer than ${Math.round(d.limitMs / 1000)} seconds and was stopped. The file is too large or damaged.`,
});
export const TaskOutOfMemoryError = defineError<{ limitMb: number }>({
  code: 'TASK_OUT_OF_MEMORY',
  status: 422,
  message: (d) =>
    `It needed more than ${d.limitMb} MB of memory and was stopped. The file is too large in this form; save it as a tiled TIFF.`,
});
export const TaskCrashedError = defineError<{ how: string }>({
  code: 'TASK_CRASHED',
  status: 422,
  message: (d) => `The program that reads it stopped (${d.how}). The file is probably damaged.`,
});

export interface ChildLimits {
  readonly memoryMb: number;
}
export interface RunOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number, step: string) => void) | undefined;
}

/** One separate process that does one task at a time. Any trouble ends it: `isAlive` is false then, take another. */
export interface Child {
  readonly isAlive: boolean;
  readonly pid: number | undefined;
  run<T>(module: string, input: unknown, options: RunOptions): Promise<T>;
  kill(): void;
}

const HOST = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './process-host.ts' : './process-host.js', import.meta.url),
);
const WATCH_MS = 100;
/** What a decoder may know of our environment: no database, no passwords. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];

/**
 * Starts a process for work that may crash, hang or take all memory.
 *
 * Buffers live outside of V8's heap, so `--max-old-space-size` alone does not bound it: its anonymous and shared memory is read
 * from /proc ten times a second where there is one. File-backed pages do not count, the system takes them back by itself.
 * It keeps the user of the server: files below the data folder belong to that user, and a server in its container is not root.
 */
export function startChild({ memoryMb }: ChildLimits): Child {
  const child = fork(HOST, [], {
    execArgv: [
      ...(HOST.endsWith('.ts') ? ['--conditions=source'] : []),
      `--max-old-space-size=${memoryMb}`,
      '--disable-warning=ExperimentalWarning',
    ],
    env: {
      ...Object.fromEntries(
        ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      // glibc keeps an arena a thread otherwise, and libvips has many.
      MALLOC_ARENA_MAX: '2',
      VIPS_DISC_THRESHOLD: '100m',
      VIPS_WARNING: '0',
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.resume(); // decoders complain there at length; an unread pipe would block them
  child.unref();
  child.channel?.unref();
  (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
  return superviseChild(child, memoryMb);
}

function superviseChild(child: ChildProcess, memoryMb: number): Child {
  let isAlive = true;
  let tasks = 0;
  let settle:
    | {
        readonly id: number;
        readonly onProgress: RunOptions['onProgress'];
        resolve(value: unknown): void;
        reject(error: unknown): void;
      }
    | undefined;

  const end = (error: Error): void => {
    isAlive = false;
    child.kill('SIGKILL');
    settle?.reject(error);
  };
  child.once('error', (error) => end(new TaskCrashedError({ how: error.message }, { cause: error })));
  child.once('exit', (code, signal) => {
    // 134 and SIGABRT: V8 gave up for want of heap.
    const outOfHeap = code === 134 || signal === 'SIGABRT';
    end(
      outOfHeap
        ? new TaskOutOfMemoryError({ limitMb: memoryMb })
        : new TaskCrashedError({ how: signal ?? `exit code ${code}` }),
    );
  });
  child.on(
    'message',
    (message: {
      id: number;
      value?: unknown;
      progress?: number;
      step?: string;
      error?: { code: string; message: string };
    }) => {
      if (!settle || message.id !== settle.id) return;
      if (message.progress !== undefined) settle.onProgress?.(message.progress, message.step ?? '');
      else if (message.error) settle.reject(new TaskFailedError(message.error.code, message.error.message));
      else settle.resolve(message.value);
    },
  );

  return {
    get isAlive() {
      return isAlive;
    },
    get pid() {
      return child.pid;
    },
    kill: () => end(new TaskCrashedError({ how: 'killed' })),
    async run<T>(module: string, input: unknown, { timeoutMs, signal, onProgress }: RunOptions): Promise<T> {
      signal?.throwIfAborted();
      if (!isAlive) throw new TaskCrashedError({ how: 'it had ended before' });
      const id = (tasks += 1);
      const timer = setTimeout(() => end(new TaskTimedOutError({ limitMs: timeoutMs })), timeoutMs);
      const watch = setInterval(() => {
        if (usedMemoryMb(child.pid) > memoryMb) end(new TaskOutOfMemoryError({ limitMb: memoryMb }));
      }, WATCH_MS);
      const onAbort = (): void => end(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        return await new Promise<T>((resolve, reject) => {
          settle = { id, onProgress, resolve: resolve as (value: unknown) => void, reject };
          child.send({ id, module, input }, (error) => {
            if (error) end(new TaskCrashedError({ how: error.message }, { cause: error }));
          });
        });
      } finally {
        settle = undefined;
        clearTimeout(timer);
        clearInterval(watch);
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** Anonymous and shared memory of a process in MB; 0 where the system does not tell. */
function usedMemoryMb(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1'); // a few microseconds: /proc does not touch a disk
  } catch {
    return 0; // it has just ended
  }
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) / 1024;
}
