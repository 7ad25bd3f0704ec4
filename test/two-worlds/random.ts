import { createRandom } from '../load/random.ts';

/** Choices that follow from a seed. */
export interface Random {
  chance(part: number): boolean;
  /** 0 ≤ whole number < below. */
  below(below: number): number;
  /** @throws where there is nothing to choose */
  of<T>(values: readonly T[]): T;
  some<T>(values: readonly T[], most: number): T[];
}

export function seeded(seed: number): Random {
  const next = createRandom(seed);
  const below = (count: number): number => Math.floor(next() * count);
  function of<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('There is nothing to choose from.');
    return values[below(values.length)] as T;
  }
  return {
    chance: (part) => next() < part,
    below,
    of,
    some: (values, most) => (values.length === 0 ? [] : Array.from({ length: 1 + below(most) }, () => of(values))),
  };
}
