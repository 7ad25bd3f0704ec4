import type { LiveEvent, LiveMessage, LiveRequest } from '@exact/sdk/contract';
import { readonly, shallowRef, type Ref } from 'vue';

export type LiveState = 'idle' | 'connecting' | 'online' | 'offline';
export type JobProgress = Extract<LiveMessage, { type: 'progress' }>['job'];
export type PresenceMessage = Extract<LiveMessage, { type: 'presence' | 'absent' }>;
type Dispose = () => void;

/** The part of WebSocket that is used here. */
export interface LiveSocket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LiveConnection {
  /** `idle` while nobody is signed in, `offline` from the first failure until the server answers again. */
  readonly state: Readonly<Ref<LiveState>>;
  /** Events of a project arrive until the returned function is called. Several watchers of one project count as one. */
  watch(projectId: number): Dispose;
  onEvent(handle: (event: LiveEvent) => void): Dispose;
  onProgress(handle: (job: JobProgress) => void): Dispose;
  /** Says where one is, as far as the line is there; nobody is told later. */
  say(request: Extract<LiveRequest, { type: 'presence' | 'absent' }>): void;
  /** Where others are, see {@link say}. */
  onPresence(handle: (message: PresenceMessage) => void): Dispose;
  /** Events may have been missed: whatever is shown has to be loaded anew. */
  onReset(handle: () => void): Dispose;
  start(): void;
  stop(): void;
  /** Tries to connect at once instead of waiting. */
  retry(): void;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const PING_EVERY_MS = 25_000;
/** A line that is cut without a word (a laptop that slept) is found by the missing answer to a ping. */
const PONG_WITHIN_MS = 10_000;

/**
 * The live channel of this browser: one socket for all projects that are looked at, opened again after a cut with the cursor
 * of the last message, so that nothing is missed.
 *
 * @param connect - opens a socket; a test gives its own
 * @param random  - spreads the reconnects of many browsers, 0 ≤ random() < 1
 */
export function createLiveConnection(connect: () => LiveSocket, random: () => number = Math.random): LiveConnection {
  const state = shallowRef<LiveState>('idle');
  const watched = new Map<number, number>();
  const onEvent = new Set<(event: LiveEvent) => void>();
  const onProgress = new Set<(job: JobProgress) => void>();
  const onPresence = new Set<(message: PresenceMessage) => void>();
  const onReset = new Set<() => void>();
  let socket: LiveSocket | undefined;
  let isOpen = false;
  let cursor: string | undefined;
  let failures = 0;
  let isTelling = false;
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  let pingTimer: ReturnType<typeof setTimeout> | undefined;

  const send = (request: LiveRequest): void => {
    if (isOpen) socket?.send(JSON.stringify(request));
  };

  const sendWatch = (): void =>
    send({
      type: 'watch',
      projects: [...watched.keys()].sort((a, b) => a - b),
      ...(cursor === undefined ? {} : { cursor }),
    });

  /** Many components come and go at once when a page changes: tell the server once. */
  const tellWatched = (): void => {
    if (isTelling) return;
    isTelling = true;
    queueMicrotask(() => {
      isTelling = false;
      sendWatch();
    });
  };

  const expectSilence = (): void => {
    clearTimeout(pingTimer);
    pingTimer = setTimeout(() => {
      send({ type: 'ping' });
      pingTimer = setTimeout(drop, PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  };

  function receive(message: LiveMessage): void {
    expectSilence();
    switch (message.type) {
      case 'ready':
        cursor = message.cursor;
        failures = 0;
        state.value = 'online';
        break;
      case 'event':
        cursor = message.cursor;
        for (const handle of [...onEvent]) handle(message.event);
        break;
      case 'progress':
        for (const handle of [...onProgress]) handle(message.job);
        break;
      case 'presence':
      case 'absent':
        for (const handle of [...onPresence]) handle(message);
        break;
      case 'reset':
        cursor = message.cursor;
        for (const handle of [...onReset]) handle();
        break;
    }
  }

  function open(): void {
    clearTimeout(reconnectTimer);
    if (state.value !== 'offline') state.value = 'connecting';
    const opened = connect();
    socket = opened;
    opened.onopen = () => {
      if (socket !== opened) return;
      isOpen = true;
      expectSilence();
      sendWatch();
    };
    opened.onmessage = ({ data }) => {
      if (socket === opened) receive(JSON.parse(String(data)) as LiveMessage);
    };
    opened.onclose = () => {
      if (socket === opened) drop();
    };
  }

  /** Gives up this socket and plans the next. */
  function drop(): void {
    release();
    state.value = 'offline';
    const longest = Math.min(FIRST_DELAY_MS * 2 ** failures, MAX_DELAY_MS);
    failures += 1;
    reconnectTimer = setTimeout(open, longest * (0.5 + random() / 2));
  }

  function release(): void {
    clearTimeout(reconnectTimer);
    clearTimeout(pingTimer);
    const old = socket;
    socket = undefined;
    isOpen = false;
    old?.close();
  }

  const subscribe = <T>(set: Set<T>, handle: T): Dispose => {
    set.add(handle);
    return () => void set.delete(handle);
  };

  return {
    state: readonly(state),
    watch(projectId) {
      watched.set(projectId, (watched.get(projectId) ?? 0) + 1);
      if (watched.get(projectId) === 1) tellWatched();
      let isWatching = true;
      return () => {
        if (!isWatching) return;
        isWatching = false;
        const left = (watched.get(projectId) ?? 1) - 1;
        if (left > 0) watched.set(projectId, left);
        else {
          watched.delete(projectId);
          tellWatched();
        }
      };
    },
    onEvent: (handle) => subscribe(onEvent, handle),
    onProgress: (handle) => subscribe(onProgress, handle),
    onPresence: (handle) => subscribe(onPresence, handle),
    say: send,
    onReset: (handle) => subscribe(onReset, handle),
    start() {
      if (state.value === 'idle') open();
    },
    stop() {
      release();
      state.value = 'idle';
      cursor = undefined;
      failures = 0;
    },
    retry() {
      if (state.value !== 'offline') return;
      release();
      failures = 0;
      open();
    },
  };
}
