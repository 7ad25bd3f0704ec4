import { SoundError } from '@exact/sound';
import { provideMp3Decoder } from '@exact/sound/decode';
import mp3Decoder from 'minimp3-wasm/dist/decoder.opt.wasm?url';
import { createLoudnessMeter } from './loudness.ts';
import { breather, makePicture } from './make-picture.ts';
import { openRemote, openSamples, type OpenedSound } from './opened-sound.ts';
import type { Answer, Ask, Measured, SoundProblem, SoundSource } from './protocol.ts';
import { BytesError, remoteBytes } from './remote-bytes.ts';

provideMp3Decoder(() => WebAssembly.compileStreaming(fetch(mp3Decoder)));

/** Reads, decodes and looks at sounds. Sounds that were asked for last stay open: their headers, and what was decoded of them. */
const KEPT_SOUNDS = 4;
const sounds = new Map<string, Promise<OpenedSound>>();
const running = new Map<number, AbortController>();

/** Addresses change, the file behind them does not: the last part of the path names it. */
const nameOf = ({ url, sizeBytes }: SoundSource): string => `${url.replace(/^\/media\/[^/]+\//, '')} ${sizeBytes}`;

function open(source: SoundSource): Promise<OpenedSound> {
  const name = `${source.url} ${nameOf(source)}`;
  const held = sounds.get(nameOf(source)); // samples that the browser has decoded
  const known = held ?? sounds.get(name);
  if (known) return known;
  const opening = openRemote(remoteBytes(source.url, source.sizeBytes), new AbortController().signal);
  sounds.set(name, opening);
  opening.catch(() => sounds.delete(name));
  forgetOldest();
  return opening;
}
function forgetOldest(): void {
  const [oldest] = sounds.keys();
  if (sounds.size > KEPT_SOUNDS && oldest !== undefined) sounds.delete(oldest);
}

async function measured(sound: OpenedSound, atMostS: number, signal: AbortSignal): Promise<Measured> {
  const { sampleRate, channels, durationS } = sound.facts;
  const wanted = Math.min(durationS, atMostS) * sampleRate;
  let meter: ReturnType<typeof createLoudnessMeter> | undefined;
  let peak = 0;
  let count = 0;
  const pause = breather();
  for await (const block of sound.from(0, signal)) {
    // a packed sound that was kept comes mixed to one channel: as loud as it would be on both loudspeakers
    const all = block.length < channels && channels === 2 ? [block[0] ?? EMPTY, block[0] ?? EMPTY] : block;
    meter ??= createLoudnessMeter(sampleRate, all.length);
    for (const samples of block) for (const value of samples) peak = Math.max(peak, Math.abs(value));
    meter.add(all);
    count += block[0]?.length ?? 0;
    if (count >= wanted) break;
    await pause();
  }
  return { peak, lufs: meter?.integrated(), measuredS: count / sampleRate };
}
const EMPTY = new Float32Array(0);

async function answer(ask: Exclude<Ask, { op: 'stop' }>, signal: AbortSignal): Promise<void> {
  const { id } = ask;
  if (ask.op === 'hold') {
    sounds.set(nameOf(ask.source), Promise.resolve(openSamples(ask.sampleRate, ask.channels)));
    forgetOldest();
    return tell({ id, op: 'done' });
  }
  const sound = await open(ask.source);
  if (ask.op === 'facts') return tell({ id, op: 'facts', facts: sound.facts });
  if (ask.op === 'measure') return tell({ id, op: 'measured', measured: await measured(sound, ask.atMostS, signal) });
  await makePicture(
    sound,
    ask.request,
    (strip) => tell({ id, op: 'strip', strip }, [strip.low.buffer, strip.high.buffer, strip.levels.buffer]),
    signal,
  );
  tell({ id, op: 'done' });
}

function problemOf(error: unknown): SoundProblem {
  if (error instanceof BytesError) return error.problem;
  if (!(error instanceof SoundError)) return 'broken';
  return error.code === 'UNKNOWN_FORMAT' || error.code === 'UNSUPPORTED_SOUND' ? 'unknown' : 'broken';
}

/** The part of a worker's own scope that is used here; the page's types are those of windows. */
interface Scope {
  onmessage: ((event: MessageEvent<Ask>) => void) | null;
  postMessage(message: Answer, transfer: Transferable[]): void;
}
const scope = globalThis as unknown as Scope;
const tell = (message: Answer, transfer: Transferable[] = []): void => scope.postMessage(message, transfer);

scope.onmessage = ({ data }) => {
  if (data.op === 'stop') return running.get(data.id)?.abort();
  const abort = new AbortController();
  running.set(data.id, abort);
  answer(data, abort.signal)
    .catch((error: unknown) => {
      if (!abort.signal.aborted)
        tell({ id: data.id, op: 'failed', problem: problemOf(error), message: String((error as Error).message) });
    })
    .finally(() => running.delete(data.id));
};
