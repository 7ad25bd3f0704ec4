/** Smallest and largest sample of each piece of a recording, for drawing it at any width. */
export interface Peaks {
  /** Samples in one piece; the last piece may be shorter. */
  readonly samplesPerPeak: number;
  /** Over all channels, full scale is ±127; parallel. */
  readonly min: Int8Array;
  readonly max: Int8Array;
}

/** Gathers peaks while a recording is decoded. */
export interface PeakMeter {
  /** Takes the next samples, one array a channel. */
  push(block: readonly Float32Array[]): void;
  /** Samples of one channel so far. */
  readonly samples: number;
  /** Largest magnitude of any sample so far; 0 when all is silent. */
  readonly peak: number;
  finish(): Peaks;
}

export function createPeakMeter(samplesPerPeak: number): PeakMeter {
  let min = new Int8Array(4096);
  let max = new Int8Array(4096);
  let count = 0;
  let low = Infinity;
  let high = -Infinity;
  let filled = 0;
  let samples = 0;
  let peak = 0;

  function close(): void {
    if (count === min.length) {
      min = grown(min);
      max = grown(max);
    }
    // Outwards, so that the faintest sound is a line and not nothing.
    min[count] = Math.max(-127, Math.floor(low * 127));
    max[count] = Math.min(127, Math.ceil(high * 127));
    count += 1;
    peak = Math.max(peak, -low, high);
    low = Infinity;
    high = -Infinity;
    filled = 0;
  }

  return {
    push(block) {
      const length = block[0]?.length ?? 0;
      for (let at = 0; at < length;) {
        const end = Math.min(length, at + samplesPerPeak - filled);
        for (const channel of block) {
          for (let i = at; i < end; i++) {
            const value = channel[i]!; // channels of a block are of one length
            if (value < low) low = value;
            if (value > high) high = value;
          }
        }
        filled += end - at;
        at = end;
        if (filled === samplesPerPeak) close();
      }
      samples += length;
    },
    get samples() {
      return samples;
    },
    get peak() {
      return Math.max(peak, -low, high, 0);
    },
    finish() {
      if (filled > 0) close();
      return { samplesPerPeak, min: min.slice(0, count), max: max.slice(0, count) };
    },
  };
}

function grown(values: Int8Array<ArrayBuffer>): Int8Array<ArrayBuffer> {
  const larger = new Int8Array(values.length * 2);
  larger.set(values);
  return larger;
}

/**
 * Peaks of a part of a recording in `columns` equal pieces.
 *
 * @param from, to - samples, 0 ≤ from < to
 * @returns magnitudes −1…1. A column that is narrower than the stored peaks has those of the one it lies in. O(stored peaks in the part)
 */
export function peaksBetween(
  { samplesPerPeak, min, max }: Peaks,
  from: number,
  to: number,
  columns: number,
): { readonly min: number[]; readonly max: number[] } {
  const lows: number[] = [];
  const highs: number[] = [];
  const width = (to - from) / columns;
  for (let column = 0; column < columns; column++) {
    const first = Math.min(min.length - 1, Math.floor((from + column * width) / samplesPerPeak));
    const last = Math.min(min.length, Math.max(first + 1, Math.ceil((from + (column + 1) * width) / samplesPerPeak)));
    let low = 127;
    let high = -127;
    for (let i = first; i < last; i++) {
      low = Math.min(low, min[i] ?? 0);
      high = Math.max(high, max[i] ?? 0);
    }
    lows.push(Math.round((low / 127) * 1000) / 1000);
    highs.push(Math.round((high / 127) * 1000) / 1000);
  }
  return { min: lows, max: highs };
}
