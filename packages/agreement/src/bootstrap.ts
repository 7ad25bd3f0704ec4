import type { Coefficient } from './coefficient.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Samples that had a value: of those without variance there is none. */
  readonly samples: number;
}

/**
 * A percentile interval of a coefficient, by drawing units (not ratings) with replacement (Efron 1979). The same seed gives the same
 * interval.
 *
 * @param units - what is drawn from
 * @param coefficient - of the drawn units
 * @returns nothing where fewer than half of the samples have a value
 */
export function bootstrap<T>(
  units: readonly T[],
  coefficient: (drawn: readonly T[]) => Coefficient,
  { seed, samples = 1000, level = 0.95 }: { readonly seed: number; readonly samples?: number; readonly level?: number },
): Interval | undefined {
  const random = createRandom(seed);
  const values: number[] = [];
  for (let sample = 0; sample < samples && units.length > 0; sample++) {
    // `!`: the index is inside
    const { value } = coefficient(units.map(() => units[Math.floor(random() * units.length)]!));
    if (value !== undefined) values.push(value);
  }
  if (values.length < samples / 2) return undefined;
  values.sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (values.length - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)];
    return values[low]! + (values[high]! - values[low]!) * (place - low);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2), samples: values.length };
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
