import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { readFacts, readPicture, SoundReadError } from './sound-client.ts';
import type { PictureRequest, SoundFacts, SoundProblem, SoundSource } from './protocol.ts';

/** The picture of a stretch of sound, as far as it is there. */
export interface Picture {
  readonly request: PictureRequest;
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Row by row from the highest frequency; see {@link levelOf}. */
  readonly levels: Uint8Array;
  /** Columns from the left that are there. */
  readonly filled: number;
}

/** Where the waveform of a sound comes from that is too large to be decoded here. */
export interface WaveformSource {
  facts(signal: AbortSignal): Promise<SoundFacts>;
  waveform(
    request: PictureRequest,
    signal: AbortSignal,
  ): Promise<{ readonly min: readonly number[]; readonly max: readonly number[] }>;
}

/** Kept for a while after a change of the window, so that turning back is at once. */
const KEPT = 8;

/**
 * Draws what is asked for in the worker. What is shown stays until the first columns of the next picture are there.
 *
 * @param source  - of the sound; another address of the same file is used from the next picture on
 * @param request - the stretch and the size; nothing while that is not known
 * @param renew   - asks for another address when the one there has ended
 * @param elsewhere - has the waveform, without a spectrogram, in place of the worker
 */
export function usePicture(
  source: () => SoundSource,
  request: () => PictureRequest | undefined,
  renew: () => Promise<unknown>,
  elsewhere?: WaveformSource,
) {
  const facts = shallowRef<SoundFacts>();
  const picture = shallowRef<Picture>();
  const problem = shallowRef<SoundProblem>();
  const isReading = shallowRef(false);
  const kept = new Map<string, Picture>();
  const whole = new AbortController();
  onScopeDispose(() => whole.abort());
  let renewals = 0;

  async function attempt(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await work();
      problem.value = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const found = error instanceof SoundReadError ? error.problem : 'broken';
      if (found === 'gone' && renewals < 3) {
        renewals += 1;
        await renew();
        return attempt(work, signal);
      }
      problem.value = found;
    }
  }

  void attempt(async () => {
    facts.value = await (elsewhere?.facts(whole.signal) ?? readFacts(source(), whole.signal));
  }, whole.signal);

  watch(
    [request, facts],
    ([wanted], _, onCleanup) => {
      if (!wanted || !facts.value) return;
      const key = JSON.stringify(wanted);
      const known = kept.get(key);
      if (known) return void (picture.value = known);
      const abort = new AbortController();
      onCleanup(() => abort.abort());
      const signal = AbortSignal.any([abort.signal, whole.signal]);
      let made: Picture = {
        request: wanted,
        low: new Float32Array(wanted.columns),
        high: new Float32Array(wanted.columns),
        levels: new Uint8Array(wanted.columns * wanted.rows),
        filled: 0,
      };
      isReading.value = true;
      void attempt(async () => {
        if (elsewhere) {
          const { min, max } = await elsewhere.waveform(wanted, signal);
          made = { ...made, low: Float32Array.from(min), high: Float32Array.from(max), filled: min.length };
          picture.value = made;
        } else
          await readPicture(
            source(),
            wanted,
            (strip) => {
              made.low.set(strip.low, strip.column);
              made.high.set(strip.high, strip.column);
              for (let row = 0; row < wanted.rows; row += 1)
                made.levels.set(
                  strip.levels.subarray(row * strip.count, (row + 1) * strip.count),
                  row * wanted.columns + strip.column,
                );
              // another object, the same memory: so that who shows it hears of it
              picture.value = made = { ...made, filled: strip.column + strip.count };
            },
            signal,
          );
        kept.set(key, made);
        const [oldest] = kept.keys();
        if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      }, signal).finally(() => {
        if (!signal.aborted) isReading.value = false;
      });
    },
    { immediate: true },
  );

  return { facts, picture, problem, isReading } satisfies Record<string, Readonly<Ref<unknown>>>;
}
