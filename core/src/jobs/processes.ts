import { type Child, type RunOptions, startChild } from './child.ts';

export interface InProcessOptions extends RunOptions {
  readonly memoryMb: number;
}

export interface WarmOptions {
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly size: number;
  /** Tasks after which a process is replaced, so that leaks of decoders do not add up (default 500). */
  readonly recycleAfter?: number;
  /** An unused process ends after this time (default 60 s). */
  readonly idleMs?: number;
}

/** A few processes that stay: starting one costs 100–200 ms, decoding a tile 2–20. */
export interface WarmProcesses {
  run<T>(input: unknown, signal?: AbortSignal): Promise<T>;
  close(): void;
}

/** Separate processes for decoding what people upload: a native crash there takes nothing along. */
export interface Processes {
  /**
   * Runs the default function of a module, `(input, { progress }) => result`, in a process of its own.
   *
   * @param input - plain data; buffers are copied
   * @throws TaskFailedError with the code and message that the module threw; TASK_TIMED_OUT, TASK_OUT_OF_MEMORY,
   *         TASK_CRASHED; the reason of `signal`
   */
  inProcess<T>(module: URL, input: unknown, options: InProcessOptions): Promise<T>;
  warm(module: URL, options: WarmOptions): WarmProcesses;
  /** Ends all of them. */
  close(): void;
}

/** @param max - processes of `inProcess` at the same time; further calls wait */
export function createProcesses({ max }: { readonly max: number }): Processes {
  const slots = createSlots(max);
  const running = new Set<Child>();
  const pools = new Set<WarmProcesses>();
  return {
    async inProcess<T>(module: URL, input: unknown, options: InProcessOptions): Promise<T> {
      const release = await slots.take(options.signal);
      const child = startChild(options);
      running.add(child);
      try {
        return await child.run<T>(module.href, input, options);
      } finally {
        running.delete(child);
        child.kill();
        release();
      }
    },
    warm(module, options) {
      const pool = createWarmProcesses(module, options);
      pools.add(pool);
      return pool;
    },
    close() {
      for (const child of running) child.kill();
      for (const pool of pools) pool.close();
    },
  };
}

function createWarmProcesses(module: URL, options: WarmOptions): WarmProcesses {
  const { recycleAfter = 500, idleMs = 60_000, timeoutMs } = options;
  const slots = createSlots(options.size);
  const idle: { readonly child: Child; tasks: number; timer?: NodeJS.Timeout }[] = [];
  let isClosed = false;
  return {
    async run<T>(input: unknown, signal?: AbortSignal): Promise<T> {
      const release = await slots.take(signal);
      let entry = idle.pop();
      while (entry && !entry.child.isAlive) entry = idle.pop();
      entry ??= { child: startChild(options), tasks: 0 };
      clearTimeout(entry.timer);
      try {
        // Not with `signal`: who goes away must not cost the others a warm process.
        return await entry.child.run<T>(module.href, input, { timeoutMs });
      } finally {
        entry.tasks += 1;
        const { child } = entry;
        if (!child.isAlive || isClosed || entry.tasks >= recycleAfter) child.kill();
        else {
          entry.timer = setTimeout(() => {
            const at = idle.findIndex((other) => other.child === child);
            if (at >= 0) idle.splice(at, 1);
            child.kill();
          }, idleMs).unref();
          idle.push(entry);
        }
        release();
      }
    },
    close() {
      isClosed = true;
      for (const { child, timer } of idle.splice(0)) {
        clearTimeout(timer);
        child.kill();
      }
    },
  };
}

/** Lets `max` in at a time, the others in order. */
function createSlots(max: number): { take(signal?: AbortSignal): Promise<() => void> } {
  let free = max;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const enter = (): void => {
            signal?.removeEventListener('abort', leave);
            resolve();
          };
          const leave = (): void => {
            const at = waiting.indexOf(enter);
            if (at >= 0) waiting.splice(at, 1);
            reject(signal?.reason as Error);
          };
          signal?.addEventListener('abort', leave, { once: true });
          waiting.push(enter);
        });
      }
      let isOut = false;
      return () => {
        if (isOut) return;
        isOut = true;
        release();
      };
    },
  };
}
