import { OfflineError, type Annotation } from '@exact/sdk/contract';
import { MAX_ASKED } from './annotation-source.ts';

/** Above this, reading everything anew in one packed answer is quicker than asking one by one. */
const MANY = 500;
/** Changes of several people that arrive together are asked for together. */
const GATHER_MS = 25;
const RETRY_MS = 2000;

export interface RemoteReaderOptions {
  list(uuids: readonly string[]): Promise<readonly Annotation[]>;
  receive(uuids: readonly string[], items: readonly Annotation[], isForced: boolean): void;
  reload(): Promise<void>;
  onProblem(error: unknown): void;
}

/** Fetches what others have changed: gathered for a moment, one request at a time, again after a cut connection. */
export function createRemoteReader(options: RemoteReaderOptions) {
  const wanted = new Map<string, boolean>();
  let isAll = false;
  let isOpen = false;
  let isReading = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function plan(ms: number): void {
    if (!isOpen || isReading || timer !== undefined || (!isAll && wanted.size === 0)) return;
    timer = setTimeout(() => {
      timer = undefined;
      void read();
    }, ms);
  }

  async function read(): Promise<void> {
    isReading = true;
    const forced = [...wanted].filter(([, isForced]) => isForced).map(([uuid]) => uuid);
    const plain = [...wanted.keys()].filter((uuid) => !wanted.get(uuid));
    const wasAll = isAll || plain.length > MANY;
    wanted.clear();
    isAll = false;
    let wait = GATHER_MS;
    const left = new Map([
      ...(wasAll ? [] : plain).map((uuid) => [uuid, false] as const),
      ...forced.map((uuid) => [uuid, true] as const),
    ]);
    try {
      if (wasAll) await options.reload();
      for (const isForced of [false, true]) {
        const uuids = [...left.keys()].filter((uuid) => left.get(uuid) === isForced);
        for (let i = 0; i < uuids.length; i += MAX_ASKED) {
          const asked = uuids.slice(i, i + MAX_ASKED);
          options.receive(asked, await options.list(asked), isForced);
          for (const uuid of asked) left.delete(uuid);
        }
      }
    } catch (error) {
      for (const [uuid, isForced] of left) wanted.set(uuid, isForced || wanted.get(uuid) === true);
      isAll ||= wasAll;
      wait = RETRY_MS;
      if (!(error instanceof OfflineError)) options.onProblem(error);
    }
    isReading = false;
    plan(wait);
  }

  return {
    /** Before, what is asked for is only remembered: everything is being loaded anyway. */
    open(): void {
      isOpen = true;
      plan(0);
    },
    /** `isForced`: the server's state counts although a newer one is shown (it was shown in advance, and refused). */
    ask(uuids: readonly string[] | 'all', isForced = false): void {
      if (uuids === 'all') isAll = true;
      else for (const uuid of uuids) wanted.set(uuid, isForced || wanted.get(uuid) === true);
      plan(GATHER_MS);
    },
    dispose(): void {
      isOpen = false;
      clearTimeout(timer);
    },
  };
}
