import type {
  Answer,
  Ask,
  Measured,
  PictureRequest,
  SoundFacts,
  SoundProblem,
  SoundSource,
  Strip,
} from './protocol.ts';

/** Why a sound cannot be drawn; it may still be played. */
export class SoundReadError extends Error {
  readonly problem: SoundProblem;
  constructor(problem: SoundProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

interface Waiting {
  onAnswer(answer: Answer): void;
  onFailure(error: Error): void;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/** The worker of this page, which reads and decodes beside everything that must not wait for it. */
function theWorker(): Worker {
  if (worker) return worker;
  const made = new Worker(new URL('./sound-worker.ts', import.meta.url), { type: 'module', name: 'sound' });
  made.onmessage = ({ data }: MessageEvent<Answer>) => waiting.get(data.id)?.onAnswer(data);
  made.onerror = (event) => {
    event.preventDefault();
    // it does not run, or has run out of memory: the next question gets a new one
    worker = undefined;
    made.terminate();
    for (const { onFailure } of [...waiting.values()])
      onFailure(new SoundReadError('broken', event.message || 'The sound could not be read.'));
  };
  return (worker = made);
}

type Question = Ask extends infer A ? (A extends { id: number } ? Omit<A, 'id'> : never) : never;

/** Asks, and gives each answer to `take` until it says that this was the last one. */
function ask<T>(
  question: Question,
  take: (answer: Answer) => { readonly result: T } | undefined,
  signal: AbortSignal,
  transfer: readonly Transferable[] = [],
): Promise<T> {
  const id = ++lastId;
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const end = (): void => {
      waiting.delete(id);
      signal.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      worker?.postMessage({ id, op: 'stop' } satisfies Ask);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop);
    waiting.set(id, {
      onFailure(error) {
        end();
        reject(error);
      },
      onAnswer(answer) {
        if (answer.op === 'failed') {
          end();
          return reject(new SoundReadError(answer.problem, answer.message));
        }
        const taken = take(answer);
        if (!taken) return;
        end();
        resolve(taken.result);
      },
    });
    theWorker().postMessage({ ...question, id } as Ask, [...transfer]);
  });
}

export const readFacts = (source: SoundSource, signal: AbortSignal): Promise<SoundFacts> =>
  withHelp(source, signal, () =>
    ask({ op: 'facts', source }, (answer) => (answer.op === 'facts' ? { result: answer.facts } : undefined), signal),
  );

/** Draws a stretch; `onStrip` gets its columns as they are ready. */
export const readPicture = (
  source: SoundSource,
  request: PictureRequest,
  onStrip: (strip: Strip) => void,
  signal: AbortSignal,
): Promise<void> =>
  ask(
    { op: 'picture', source, request },
    (answer) => {
      if (answer.op === 'strip') onStrip(answer.strip);
      return answer.op === 'done' ? { result: undefined } : undefined;
    },
    signal,
  );

export const measure = (source: SoundSource, atMostS: number, signal: AbortSignal): Promise<Measured> =>
  withHelp(source, signal, () =>
    ask(
      { op: 'measure', source, atMostS },
      (answer) => (answer.op === 'measured' ? { result: answer.measured } : undefined),
      signal,
    ),
  );

/** Files that the browser itself may decode for the picture: it does so as a whole, and a minute takes some 20 MB then. */
const DECODED_BY_BROWSER_BYTES = 8_000_000;

/** Those that are being decoded for the worker now, by address: two may ask at once. */
const helping = new Map<string, Promise<void>>();

/** Kinds that the worker has no decoder for (AAC, WebM) are decoded by the browser, where they are short. */
async function withHelp<T>(source: SoundSource, signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SoundReadError) || error.problem !== 'unknown') throw error;
    if (source.sizeBytes > DECODED_BY_BROWSER_BYTES) throw error;
    const help = helping.get(source.url) ?? decodeFor(source).finally(() => helping.delete(source.url));
    helping.set(source.url, help);
    await help;
    signal.throwIfAborted();
    return read();
  }
}

async function decodeFor(source: SoundSource): Promise<void> {
  const response = await fetch(source.url);
  if (!response.ok)
    throw new SoundReadError(
      response.status === 410 ? 'gone' : 'unreachable',
      `The server answered ${response.status}.`,
    );
  const decoded = await decode(await response.arrayBuffer());
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i).slice());
  await ask(
    { op: 'hold', source, sampleRate: decoded.sampleRate, channels },
    (answer) => (answer.op === 'done' ? { result: undefined } : undefined),
    new AbortController().signal,
    channels.map(({ buffer }) => buffer),
  );
}

async function decode(bytes: ArrayBuffer): Promise<AudioBuffer> {
  try {
    return await new OfflineAudioContext(1, 1, 44_100).decodeAudioData(bytes);
  } catch (cause) {
    throw Object.assign(new SoundReadError('broken', 'The browser cannot decode this sound.'), { cause });
  }
}
