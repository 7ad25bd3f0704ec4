import type { Logger } from '@exact/sdk/server';

/** Wakes within this time become one turn. */
const COALESCE_MS = 10;
/** When nobody wakes it: what another process committed while its notice was lost is found by then. */
const POLL_MS = 1000;

export interface Why {
  /** There is something new from this process. */
  readonly isWoken: boolean;
  /** A second has passed: the turn comes whether anything has happened or not. */
  readonly isPoll: boolean;
}

export interface Pump {
  start(): void;
  stop(): Promise<void>;
  isStarted(): boolean;
  /** There is something new from this process. */
  wake(): void;
  /** There may be something to do. */
  soon(): void;
}

/**
 * Runs a turn soon after each call and once a second, never two at the same time. A failing turn is told once and tried
 * again with the next poll.
 */
export function createPump(turn: (why: Why) => Promise<void>, log: Logger): Pump {
  let state: 'new' | 'running' | 'stopped' = 'new';
  let poll: NodeJS.Timeout | undefined;
  let planned: NodeJS.Timeout | undefined;
  let isWoken = false;
  let isPollDue = false;
  let isFailing = false;
  let current: Promise<void> | undefined;

  function soon(): void {
    if (state !== 'running' || planned) return;
    planned = setTimeout(() => {
      planned = undefined;
      run();
    }, COALESCE_MS);
  }

  function run(): void {
    // A turn in progress may have passed the point where the news is: plan another one behind it.
    if (current) return soon();
    const why: Why = { isWoken, isPoll: isPollDue };
    isWoken = isPollDue = false;
    current = turn(why)
      .then(() => {
        if (isFailing) log.info({}, 'events are delivered again');
        isFailing = false;
      })
      .catch((error: unknown) => {
        isWoken ||= why.isWoken;
        if (!isFailing && state === 'running') log.warn({ err: error }, 'events wait: the database is not available');
        isFailing = true;
      })
      .finally(() => {
        current = undefined;
      });
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'running';
      const runPoll = (): void => {
        isPollDue = true;
        run();
      };
      poll = setInterval(runPoll, POLL_MS);
      runPoll();
    },
    isStarted: () => state === 'running',
    async stop() {
      state = 'stopped';
      clearInterval(poll);
      clearTimeout(planned);
      await current;
    },
    wake() {
      isWoken = true;
      soon();
    },
    soon,
  };
}
