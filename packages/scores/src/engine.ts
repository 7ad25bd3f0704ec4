/** Where a rule or a number comes from. */
export interface Source {
  /** As one cites it: authors, year, journal, page. */
  readonly citation: string;
  readonly url?: string;
  /** What is taken from it. */
  readonly takes?: string;
}

/** An input with what has to come out of it, from the source or computed by other means than the score. */
export interface Vector<Input, Result> {
  readonly input: Input;
  /** Only what is stated is compared, also inside of objects. */
  readonly result: Partial<Result>;
  /** Decimals with which numbers are stated; 9 when not given. */
  readonly decimals?: number;
  readonly note?: string;
}

/**
 * A score as a thing that can be executed and cited: a pure function with the rule in words for those who rely on it. The same input
 * gives the same result in the browser and on the server; whatever is random has its seed in the input.
 *
 * A result that does not exist (no cells, no scale) is {@link NotAvailable}, never NaN and never 0.
 */
export interface Score<Input, Result> {
  readonly id: string;
  /** Changes whenever any input gives another result. */
  readonly version: string;
  readonly title: string;
  /** The rule for people, with its formula, units and limits. */
  readonly rule: string;
  readonly sources: readonly Source[];
  readonly vectors: readonly Vector<Input, Result>[];
  /** @throws RangeError for input that is no input (negative counts, numbers that are none) */
  compute(input: Input): Result;
}

/** There is no value, and why: a code that each score lists. */
export interface NotAvailable<Reason extends string = string> {
  readonly available: false;
  readonly reason: Reason;
}

/** Declares a score; gives it back unchangeable. */
export function defineScore<Input, Result>(score: Score<Input, Result>): Score<Input, Result> {
  return Object.freeze(score);
}

export const notAvailable = <Reason extends string>(reason: Reason): NotAvailable<Reason> => ({
  available: false,
  reason,
});
