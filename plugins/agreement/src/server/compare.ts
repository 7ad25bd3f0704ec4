import {
  bootstrap,
  cohen,
  type Coefficient,
  confusion,
  fleiss,
  krippendorff,
  match,
  type MatchRule,
} from '@exact/agreement';
import type { Geometry } from '@exact/geometry';
import type { Estimate, PairResult, Result } from '../shared/comparison.ts';
import { unitsOf } from './units.ts';

/** What a reader has drawn or said. */
export interface Reading {
  readonly reader: number;
  readonly templateId: number;
  readonly geometry: Geometry;
}

/** The readings of one image with the rule in its level-0 pixels. */
export interface ImageReadings {
  readonly readings: readonly Reading[];
  readonly rule: MatchRule;
}

/** A pair of objects that two readers have both, by their indices in the readings of the image. */
export interface Found {
  readonly a: number;
  readonly b: number;
  readonly score: number;
}

/**
 * Compares readers: which objects they have both (detection), and what they call those (labels); the two are told apart, since one
 * number for both hides which of them is at fault.
 *
 * @param seed - of the bootstrap intervals
 */
export async function compare(
  readers: readonly number[],
  images: AsyncIterable<ImageReadings>,
  seed: number,
): Promise<Result> {
  const pairs = new PairTable(readers);
  const objects = new Map(readers.map((reader) => [reader, 0]));
  const units: (readonly (number | undefined)[])[] = [];
  const labels: (readonly (number | undefined)[])[] = [];
  const used = new Set<number>();
  const nameSet = createNames();
  let imageCount = 0;
  for await (const { readings, rule } of images) {
    imageCount += 1;
    for (const { reader, templateId } of readings) {
      objects.set(reader, (objects.get(reader) ?? 0) + 1);
      used.add(templateId);
    }
    const located = readings.filter(({ geometry }) => geometry.kind !== 'image');
    const found: Found[] = [];
    for (const [first, second] of pairs.readers()) {
      const [a, b] = [first, second].map((reader) =>
        [...located.keys()].filter((i) => located[i]?.reader === reader),
      ) as [number[], number[]];
      const shapes = (indices: readonly number[]): Geometry[] => indices.flatMap((i) => located[i]?.geometry ?? []);
      const matching = match(shapes(a), shapes(b), rule);
      const templateOf = (indices: readonly number[], at: number): number =>
        located[indices[at] ?? -1]?.templateId ?? 0;
      for (const pair of matching.pairs) {
        pairs.add(first, second, templateOf(a, pair.a), templateOf(b, pair.b), pair.score);
        found.push({ a: a[pair.a] ?? 0, b: b[pair.b] ?? 0, score: pair.score });
      }
      for (const at of matching.onlyA) pairs.add(first, second, templateOf(a, at), undefined);
      for (const at of matching.onlyB) pairs.add(first, second, undefined, templateOf(b, at));
    }
    units.push(...unitsOf(located, found, readers));
    labels.push(labelsOf(readings, readers, nameSet));
  }
  const templates = [...used].sort((a, b) => a - b);
  const withValue = (unit: readonly (number | undefined)[]): number[] => unit.filter((rating) => rating !== undefined);
  const present = (unit: readonly (number | undefined)[]): number[] => unit.map((rating) => rating ?? 0);
  const countsOf = (unit: readonly number[]): number[] =>
    [0, ...templates].map((template) => unit.filter((rating) => rating === template).length);
  return {
    templates,
    objects: readers.map((reader) => ({ reader, count: objects.get(reader) ?? 0 })),
    images: imageCount,
    pairs: pairs.results(templates, seed),
    byTemplate: pairs.byTemplate(templates),
    labels: estimate(
      units.map(withValue).filter((unit) => unit.length >= 2),
      (drawn) => krippendorff(drawn),
      seed,
    ),
    presence: estimate(units.map(present), (drawn) => krippendorff(drawn), seed),
    fleiss: estimate(units.map(present).map(countsOf), (drawn) => fleiss(drawn), seed),
    imageLabels: estimate(
      labels.map(withValue).filter((unit) => unit.length >= 2),
      (drawn) => krippendorff(drawn),
      seed,
    ),
  };
}

/** Samples of an interval; fewer where the units are many, since the interval is narrow then. */
const samplesFor = (units: number): number => (units > 20_000 ? 100 : units > 2000 ? 300 : 1000);

export function estimate<T>(units: readonly T[], of: (drawn: readonly T[]) => Coefficient, seed: number): Estimate {
  const whole = of(units);
  const base = { units: whole.units, ...(whole.raw === undefined ? {} : { raw: whole.raw }) };
  if (whole.value === undefined) return { ...base, reason: whole.reason };
  const interval = bootstrap(units, of, { seed, samples: samplesFor(units.length) });
  return { ...base, value: whole.value, ...(interval ? { interval } : {}) };
}

/**
 * What each reader calls the whole image: a number that stands for the set of labels they have given. Sets are told apart, not compared
 * part by part.
 */
function labelsOf(
  readings: readonly Reading[],
  readers: readonly number[],
  nameSet: (set: readonly number[]) => number,
): (number | undefined)[] {
  return readers.map((reader) => {
    const own = readings.filter((reading) => reading.reader === reader && reading.geometry.kind === 'image');
    return own.length === 0 ? undefined : nameSet(own.map(({ templateId }) => templateId));
  });
}

/** Numbers for sets of templates, the same for the same set. */
function createNames(): (set: readonly number[]) => number {
  const names = new Map<string, number>();
  return (set) => {
    const key = [...new Set(set)].sort((a, b) => a - b).join(' ');
    const name = names.get(key) ?? names.size + 1;
    names.set(key, name);
    return name;
  };
}

interface Pair {
  /** Templates of both; 0 for "has no such object". */
  readonly said: [number, number][];
  scores: number;
}

/** Counts for each pair of readers what both of them say of an object. */
class PairTable {
  readonly #pairs = new Map<string, Pair>();
  readonly #readers: readonly number[];

  constructor(readers: readonly number[]) {
    this.#readers = readers;
    for (const [a, b] of this.readers()) this.#pairs.set(`${a} ${b}`, { said: [], scores: 0 });
  }

  *readers(): Generator<readonly [number, number]> {
    for (const [i, a] of this.#readers.entries()) for (const b of this.#readers.slice(i + 1)) yield [a, b];
  }

  add(a: number, b: number, ofA: number | undefined, ofB: number | undefined, score = 0): void {
    const pair = this.#pairs.get(`${a} ${b}`);
    pair?.said.push([ofA ?? 0, ofB ?? 0]);
    if (pair) pair.scores += score;
  }

  results(templates: readonly number[], seed: number): PairResult[] {
    const placeOf = new Map([...templates, 0].map((template, place) => [template, place]));
    const place = (template: number): number => placeOf.get(template) ?? -1;
    return [...this.readers()].map(([a, b]) => {
      const { said, scores } = this.#pairs.get(`${a} ${b}`) ?? { said: [], scores: 0 };
      const shared = said.filter(([ofA, ofB]) => ofA !== 0 && ofB !== 0);
      const onlyA = said.filter(([, ofB]) => ofB === 0).length;
      const onlyB = said.length - shared.length - onlyA;
      const columns = (rows: readonly (readonly [number, number])[]): [number[], number[]] => [
        rows.map(([ofA]) => place(ofA)),
        rows.map(([, ofB]) => place(ofB)),
      ];
      return {
        a,
        b,
        both: shared.length,
        onlyA,
        onlyB,
        ...(said.length === 0 ? {} : { f1: (2 * shared.length) / (2 * shared.length + onlyA + onlyB) }),
        ...(shared.length === 0 ? {} : { meanScore: scores / shared.length }),
        labels: estimate(shared, (drawn) => cohen(...columns(drawn), templates.length), seed),
        confusion: confusion(...columns(said), templates.length + 1),
      };
    });
  }

  byTemplate(templates: readonly number[]): Result['byTemplate'] {
    const tally = new Map(templates.map((templateId) => [templateId, { count: 0, same: 0 }]));
    for (const { said } of this.#pairs.values()) {
      for (const [ofA, ofB] of said) {
        for (const template of [ofA, ofB]) {
          const entry = tally.get(template);
          if (entry) entry.count += 1;
        }
        const entry = ofA === ofB ? tally.get(ofA) : undefined;
        if (entry) entry.same += 1;
      }
    }
    // Labels of whole images are no objects: they have no count here.
    const counted = [...tally].filter(([, { count }]) => count > 0);
    return counted.map(([templateId, { count, same }]) => ({ templateId, count, same, f1: (2 * same) / count }));
  }
}
