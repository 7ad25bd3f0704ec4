import type { VoteDraft } from '../shared/model.ts';
import { shallowRef, watch, type Ref } from 'vue';

/** A vote on its way. */
export interface Outgoing {
  readonly imageId: number;
  readonly draft: VoteDraft;
}

/** Where votes wait over a reload; `localStorage` is one. */
export type VoteStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface VoteSenderOptions {
  readonly storage: VoteStorage;
  /** Names project and person: votes of another person at this browser are not theirs to send. */
  readonly key: string;
  readonly send: (vote: Outgoing) => Promise<unknown>;
  /** Whether trying again makes no sense: the server has understood and refused. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly onRefused: (vote: Outgoing, error: unknown) => void;
  readonly wait?: (run: () => void, ms: number) => () => void;
}

export interface VoteSender {
  /** Votes that the server has not acknowledged yet. */
  readonly unsent: Readonly<Ref<number>>;
  /** Whether the last try did not reach the server. */
  readonly isAway: Readonly<Ref<boolean>>;
  /** Ends when no vote on the object is on its way: acknowledged or refused. */
  whenSent(annotation: string): Promise<void>;
  push(vote: Outgoing): void;
  /** Tries at once, for example when the line is back. */
  retry(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Sends votes one after the other, in the order in which they were given, so that a newer vote on an object never comes before an older
 * one. Nothing that was given is lost: each is kept until it is acknowledged, and has an id by which the server stores it once.
 */
export function createVoteSender(options: VoteSenderOptions): VoteSender {
  const { storage, key, send, isRefusal, onRefused } = options;
  const wait = options.wait ?? later;
  let line: Outgoing[] = read(storage, key);
  let isSending = false;
  let waitMs = FIRST_WAIT_MS;
  let stopWaiting: (() => void) | undefined;
  const unsent = shallowRef(line.length);
  const isAway = shallowRef(false);

  function keep(): void {
    unsent.value = line.length;
    if (line.length === 0) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(line));
  }

  async function work(): Promise<void> {
    if (isSending) return;
    isSending = true;
    stopWaiting?.();
    stopWaiting = undefined;
    for (let [vote] = line; vote !== undefined; [vote] = line) {
      try {
        await send(vote);
      } catch (error) {
        if (!isRefusal(error)) {
          isAway.value = true;
          stopWaiting = wait(() => void work(), waitMs);
          waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
          break;
        }
        onRefused(vote, error);
      }
      isAway.value = false;
      waitMs = FIRST_WAIT_MS;
      line = line.slice(1);
      keep();
    }
    isSending = false;
  }

  if (line.length > 0) void work();
  return {
    unsent,
    isAway,
    whenSent: (annotation) =>
      new Promise((resolve) => {
        const isWaiting = (): boolean => line.some(({ draft }) => draft.annotation === annotation);
        if (!isWaiting()) return resolve();
        const stop = watch(
          unsent,
          () => {
            if (isWaiting()) return;
            stop();
            resolve();
          },
          { flush: 'sync' }, // one may come and another go in the same tick
        );
      }),
    push(vote) {
      line = [...line, vote];
      keep();
      if (!stopWaiting) void work();
    },
    retry: () => void work(),
  };
}

function read(storage: VoteStorage, key: string): Outgoing[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? (kept as Outgoing[]) : [];
  } catch {
    return []; // what cannot be read cannot be sent
  }
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
