import { sha256Words } from './sha256.ts';

/** How the images of a task come to a reader. */
export type Order = { readonly by: 'given' } | { readonly by: 'shuffle'; readonly seed: number };

/** Whose order of what: part of the seed, so that no two readers and no two tasks have the same order. */
export interface OrderOf {
  readonly phase: string;
  readonly task: string;
  readonly reader: string;
}

/**
 * Puts items into the order in which a reader gets them. Anybody can recompute it:
 *
 * 1. The label is the text `<seed>/<phase>/<task>/<reader>`, the seed in decimal digits.
 * 2. The state of xoshiro128** 1.1 is the first 16 bytes of the SHA-256 of the label (UTF-8), as four big-endian words.
 * 3. Fisher–Yates from the end: for i = n − 1 … 1, swap item i with item j, j uniform in 0 … i. A draw u (32 bits) of
 *    2^32 − (2^32 mod (i + 1)) and above is dropped and drawn anew; else j = u mod (i + 1).
 *
 * @returns a permutation of `items`; the list itself where the order is as given
 * @see Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators"; Durstenfeld 1964, Algorithm 235
 */
export function orderFor<T>(items: readonly T[], order: Order, { phase, task, reader }: OrderOf): readonly T[] {
  if (order.by === 'given') return items;
  const below = createDraw(`${order.seed}/${phase}/${task}/${reader}`);
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = below(i + 1);
    // `as T`: both indexes are inside
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}

/** Draws whole numbers in 0 … n − 1, each as likely as the others, from the label. */
export function createDraw(label: string): (n: number) => number {
  const next = createXoshiro(sha256Words(label));
  return (n) => {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const u = next();
      if (u < limit) return u % n;
    }
  };
}

/** xoshiro128** 1.1: 32 bits a call. @param seed - the first four words are its state */
export function createXoshiro(seed: ArrayLike<number>): () => number {
  let [a, b, c, d] = [seed[0] ?? 0, seed[1] ?? 0, seed[2] ?? 0, seed[3] ?? 0];
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
}
