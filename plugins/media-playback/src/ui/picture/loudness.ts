/**
 * Loudness of a programme by ITU-R BS.1770-5: K-weighting, blocks of 400 ms that overlap by three quarters, an absolute gate at
 * −70 LUFS and a relative one 10 LU below the mean of what passes it.
 *
 * @see https://www.itu.int/rec/R-REC-BS.1770 Annex 1; filters for any sample rate after Brecht De Man, "Evaluation of implementations
 *      of the EBU R128 loudness measurement", AES 2018
 */
export interface LoudnessMeter {
  /** Takes the next samples, one array a channel, all equally long. */
  add(channels: readonly Float32Array[]): void;
  /** In LUFS; nothing where all is silent or shorter than a block. */
  integrated(): number | undefined;
}

const BLOCK_S = 0.4;
const STEP_S = 0.1;
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;
const lufsOf = (power: number): number => -0.691 + 10 * Math.log10(power);

export function createLoudnessMeter(sampleRate: number, channelCount: number): LoudnessMeter {
  const stepLength = Math.max(1, Math.round(sampleRate * STEP_S));
  const stepsABlock = Math.round(BLOCK_S / STEP_S);
  const filters = Array.from({ length: channelCount }, () => kWeighting(sampleRate));
  /** Mean square of each tenth of a second, channels added: front and side channels weigh 1; surround is rare in the field. */
  const steps: number[] = [];
  let sum = 0;
  let count = 0;

  return {
    add(channels) {
      const length = channels[0]?.length ?? 0;
      for (let start = 0; start < length;) {
        const end = Math.min(length, start + stepLength - count);
        channels.forEach((samples, index) => {
          const filter = filters[index];
          if (!filter) return;
          for (let i = start; i < end; i += 1) {
            const value = filter(samples[i] ?? 0);
            sum += value * value;
          }
        });
        count += end - start;
        start = end;
        if (count < stepLength) continue;
        steps.push(sum / stepLength);
        sum = count = 0;
      }
    },
    integrated() {
      const blocks: number[] = [];
      for (let i = 0; i + stepsABlock <= steps.length; i += 1) blocks.push(mean(steps.slice(i, i + stepsABlock)));
      // shorter than a block: what there is counts as one
      if (blocks.length === 0 && steps.length > 0) blocks.push(mean(steps));
      const heard = blocks.filter((power) => power > 0 && lufsOf(power) > ABSOLUTE_GATE);
      if (heard.length === 0) return undefined;
      const gate = lufsOf(mean(heard)) + RELATIVE_GATE;
      return lufsOf(mean(heard.filter((power) => lufsOf(power) > gate)));
    },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The two stages of the norm: a shelf for the head, a high pass for the ear. */
function kWeighting(sampleRate: number): (sample: number) => number {
  const shelf = biquad(shelfOf(sampleRate));
  const high = biquad(highPassOf(sampleRate));
  return (sample) => high(shelf(sample));
}

type Coefficients = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

function shelfOf(sampleRate: number): Coefficients {
  const [f0, gain, q] = [1681.974450955533, 3.999843853973347, 0.7071752369554196];
  const k = Math.tan((Math.PI * f0) / sampleRate);
  const vh = 10 ** (gain / 20);
  const vb = vh ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return [
    (vh + (vb * k) / q + k * k) / a0,
    (2 * (k * k - vh)) / a0,
    (vh - (vb * k) / q + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / q + k * k) / a0,
  ];
}

function highPassOf(sampleRate: number): Coefficients {
  const [f0, q] = [38.13547087602444, 0.5003270373238773];
  const k = Math.tan((Math.PI * f0) / sampleRate);
  const a0 = 1 + k / q + k * k;
  return [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
}

function biquad([b0, b1, b2, a1, a2]: Coefficients): (x: number) => number {
  let [z1, z2] = [0, 0];
  return (x) => {
    const y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    return y;
  };
}

/** EBU R 128: what programmes are brought to. Calls in the field are far below; louder than this there is no room for their peaks. */
export const TARGET_LUFS = -23;
const TARGET_PEAK_DB = -1;
/** More would make a loud noise of the hiss of a quiet recording. */
const MOST_DB = 30;

/** What a file's samples are multiplied by so that it is as loud as others. 1 for silence. */
export function gainFor(
  level: 'loudness' | 'peak' | 'off',
  { peak, lufs }: { readonly peak: number; readonly lufs: number | undefined },
): number {
  if (level === 'off' || !(peak > 0)) return 1;
  const byPeakDb = TARGET_PEAK_DB - 20 * Math.log10(peak);
  const wantedDb = level === 'peak' ? byPeakDb : lufs === undefined ? 0 : Math.min(TARGET_LUFS - lufs, byPeakDb);
  return 10 ** (Math.min(MOST_DB, wantedDb) / 20);
}
