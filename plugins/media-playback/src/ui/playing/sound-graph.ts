import type { Band } from './part.ts';

/** One for the page: browsers allow few. Made when it is first needed, which is after somebody has pressed something. */
let shared: AudioContext | undefined;

/**
 * What an element plays, on its way to the loudspeaker: amplified beyond what the element's own volume can, and only some of its
 * frequencies. An element that was taken in stays in, so this is made only when one of the two is asked for.
 */
export interface SoundGraph {
  setGain(gain: number): void;
  setBand(band: Band | undefined): void;
  /** To be called with each start: a context that was made too early sleeps, and all would be silent. */
  wake(): Promise<void>;
  dispose(): void;
}

/** Four poles a side, 24 dB an octave (two Butterworth stages; Q of its pole pairs): steep enough to take a neighbour's call away. */
const STAGES = [0.5412, 1.3066];
/** A jump of the gain clicks; this is too short to be noticed. */
const FADE_S = 0.01;

export function createSoundGraph(element: HTMLMediaElement): SoundGraph {
  const context = (shared ??= new AudioContext({ latencyHint: 'interactive' }));
  const source = context.createMediaElementSource(element);
  const gain = context.createGain();
  // loud parts that amplifying would push over the top are held down instead of being cut off
  const limiter = new DynamicsCompressorNode(context, { threshold: -3, knee: 0, ratio: 20, attack: 0.002 });
  let filters: BiquadFilterNode[] = [];
  gain.connect(limiter).connect(context.destination);
  source.connect(gain);

  return {
    setGain(value) {
      gain.gain.setTargetAtTime(value, context.currentTime, FADE_S);
    },
    setBand(band) {
      source.disconnect();
      for (const filter of filters) filter.disconnect();
      filters = band ? bandPass(context, band) : [];
      let last: AudioNode = source;
      for (const filter of filters) last = last.connect(filter);
      last.connect(gain);
    },
    async wake() {
      if (context.state !== 'running') await context.resume();
    },
    dispose() {
      source.disconnect();
      for (const filter of filters) filter.disconnect();
      gain.disconnect();
      limiter.disconnect();
    },
  };
}

function bandPass(context: AudioContext, { lowHz, highHz }: Band): BiquadFilterNode[] {
  const top = context.sampleRate / 2;
  const make = (type: 'highpass' | 'lowpass', frequency: number): BiquadFilterNode[] =>
    STAGES.map((q) => new BiquadFilterNode(context, { type, frequency, Q: 20 * Math.log10(q) }));
  return [
    ...(lowHz > 0 ? make('highpass', Math.min(lowHz, top)) : []),
    // what the loudspeaker cannot give needs no filter
    ...(highHz < top ? make('lowpass', highHz) : []),
  ];
}
