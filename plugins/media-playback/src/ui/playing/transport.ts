import { reactive, watch, type WatchStopHandle } from 'vue';
import { isPast, isWithin, type Band, type Part } from './part.ts';
import { createSoundGraph, type SoundGraph } from './sound-graph.ts';
import { leaveTurn, takeTurn } from './turns.ts';

/**
 * Why nothing is heard.
 *
 * - `blocked`: browsers start sounds only after the person has pressed something on the page
 * - `unplayable`: the file is broken, or the browser does not know what it is packed with
 * - `unreachable`: the server does not give it
 */
export type PlayProblem = 'blocked' | 'unplayable' | 'unreachable';

export interface TransportState {
  timeS: number;
  /** Nothing while it is not known. */
  durationS: number | undefined;
  isPlaying: boolean;
  /** It would play, but the bytes are not there yet. */
  isWaiting: boolean;
  isLooping: boolean;
  /** 1 as recorded; the pitch is kept. */
  speed: number;
  /** What is played or repeated; all without it. */
  part: Part | undefined;
  problem: PlayProblem | undefined;
}

/** How loud: what the person has set, times what makes this file as loud as others. */
export interface Loudness {
  readonly volume: number;
  readonly gain: number;
}

export interface Transport {
  readonly element: HTMLMediaElement;
  readonly state: Readonly<TransportState>;
  /** From where it is; from its beginning where it has ended. */
  play(): Promise<void>;
  /** A part from its beginning, once or again and again as `isLooping` says. */
  playPart(part: Part, band?: Band): Promise<void>;
  pause(): void;
  toggle(): Promise<void>;
  /** Goes there; a part that is left in this way is let go of. */
  seek(timeS: number): void;
  setPart(part: Part | undefined): void;
  setBand(band: Band | undefined): void;
  setLooping(isLooping: boolean): void;
  setSpeed(speed: number): void;
  setLoudness(loudness: Loudness): void;
  dispose(): void;
}

export const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4] as const;

/**
 * Plays a file by the browser's own element, which fetches what it needs by ranges and starts before the rest is there.
 *
 * @param address - of the file
 * @param renew   - gives another address when the one there is has ended; nothing when there is none
 */
export function createTransport(
  element: HTMLMediaElement,
  address: () => string,
  renew: () => Promise<string | undefined>,
): Transport {
  const state = reactive<TransportState>({
    timeS: 0,
    durationS: undefined,
    isPlaying: false,
    isWaiting: false,
    isLooping: false,
    speed: 1,
    part: undefined,
    problem: undefined,
  });
  const listeners = new AbortController();
  let graph: SoundGraph | undefined;
  let loudness: Loudness = { volume: 1, gain: 1 };
  let frame = 0;
  let isRenewing = false;
  let lastRenewal = -Infinity;

  const on = (name: keyof HTMLMediaElementEventMap, handle: () => void): void =>
    element.addEventListener(name, handle, { signal: listeners.signal });

  function look(): void {
    const timeS = element.currentTime;
    if (state.part && !element.paused && !element.seeking && isPast(state.part, timeS)) return endPart(state.part);
    state.timeS = timeS;
  }
  function endPart(part: Part): void {
    if (state.isLooping) {
      element.currentTime = part.fromS;
      return;
    }
    element.pause();
    state.timeS = element.currentTime = part.toS;
  }
  /** Each frame while it plays: the browser itself tells the time four times a second only. */
  function follow(): void {
    cancelAnimationFrame(frame);
    look();
    if (!element.paused) frame = requestAnimationFrame(follow);
  }

  on('timeupdate', look); // also where no frames are drawn: a tab that cannot be seen plays on
  on('seeked', look);
  on('play', () => {
    takeTurn(transport);
    Object.assign(state, { isPlaying: true, problem: undefined });
    follow();
  });
  on('pause', () => Object.assign(state, { isPlaying: false, isWaiting: false }));
  on('ended', () => {
    Object.assign(state, { isPlaying: false, isWaiting: false });
    look();
    // a part that reaches the end of the file ends with it
    if (state.part && state.isLooping) void transport.playPart(state.part);
  });
  on('waiting', () => (state.isWaiting = true));
  on('playing', () => (state.isWaiting = false));
  on('canplay', () => (state.isWaiting = false));
  on('durationchange', () => {
    // a file without a length in its head is endless to the browser until it has reached the end
    state.durationS = Number.isFinite(element.duration) && element.duration > 0 ? element.duration : undefined;
  });
  on('error', () => void recover());

  /** The address may have ended while the page was open: a fresh one goes on where it was. Else the file itself is the problem. */
  async function recover(): Promise<void> {
    if (isRenewing || listeners.signal.aborted) return;
    isRenewing = true;
    const [at, wasPlaying, before] = [state.timeS, state.isPlaying, address()];
    try {
      const status = await statusOf(before);
      if (status === undefined) return void (state.problem = 'unreachable');
      if (status < 400) return void (state.problem = 'unplayable');
      if (performance.now() - lastRenewal < 10_000) return void (state.problem = 'unreachable');
      lastRenewal = performance.now();
      const next = await renew();
      if (next === undefined || next === before) return void (state.problem = 'unreachable');
      element.src = next;
      element.currentTime = at;
      if (wasPlaying) await transport.play();
    } finally {
      if (state.problem) Object.assign(state, { isPlaying: false, isWaiting: false });
      isRenewing = false;
    }
  }

  function applyLoudness(): void {
    const wanted = loudness.volume * loudness.gain;
    if (wanted > 1.001 && !graph) graph = createSoundGraph(element);
    graph?.setGain(wanted);
    element.volume = graph ? 1 : Math.max(0, Math.min(1, wanted));
  }
  /** Not before it is played: what was not pressed yet must not ask for a sound card. */
  const stopWaiting: WatchStopHandle = watch(
    () => state.isPlaying,
    (isPlaying) => isPlaying && applyLoudness(),
    { flush: 'sync' },
  );

  const transport: Transport = {
    element,
    state,
    async play() {
      const { part } = state;
      if (part && (isPast(part, element.currentTime) || element.ended)) element.currentTime = part.fromS;
      state.isWaiting = element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
      try {
        await graph?.wake();
        await element.play();
        await graph?.wake();
      } catch (error) {
        const { name } = error as DOMException;
        state.isWaiting = false;
        if (name === 'NotAllowedError') state.problem = 'blocked';
        else if (name === 'NotSupportedError') await recover();
        // AbortError: paused before it began
      }
    },
    playPart(part, band) {
      transport.setPart(part);
      transport.setBand(band);
      element.currentTime = part.fromS;
      state.timeS = part.fromS;
      return transport.play();
    },
    pause: () => element.pause(),
    toggle: async () => (element.paused ? transport.play() : transport.pause()),
    seek(timeS) {
      const end = state.durationS ?? timeS;
      const to = Math.max(0, Math.min(end, timeS));
      if (state.part && !isWithin(state.part, to)) transport.setPart(undefined);
      state.timeS = to;
      element.currentTime = to;
    },
    setPart(part) {
      state.part = part;
      element.loop = state.isLooping && !part;
      if (!part) transport.setBand(undefined);
    },
    setBand(band) {
      if (!band && !graph) return;
      graph ??= createSoundGraph(element);
      graph.setBand(band);
      applyLoudness();
    },
    setLooping(isLooping) {
      state.isLooping = isLooping;
      element.loop = isLooping && !state.part;
    },
    setSpeed(speed) {
      state.speed = speed;
      element.preservesPitch = true;
      element.playbackRate = element.defaultPlaybackRate = speed;
    },
    setLoudness(next) {
      loudness = next;
      if (state.isPlaying || graph) applyLoudness();
    },
    dispose() {
      listeners.abort();
      stopWaiting();
      cancelAnimationFrame(frame);
      leaveTurn(transport);
      element.pause();
      graph?.dispose();
      element.removeAttribute('src');
      element.load(); // lets go of the connection
    },
  };
  element.preload = 'metadata';
  element.src = address();
  return transport;
}

/** What the server says to an address; nothing when it cannot be reached. */
async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { headers: { range: 'bytes=0-0' } });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
