import { defineScore, notAvailable, type NotAvailable, type Vector } from './engine.ts';
import { GRADES } from './grades.ts';
import { intervalOfMean, type ScoreInterval, THS_MINIMUM_CELLS } from './interval.ts';

/** Doucet & Viel 2002: from here on consistent with exercise-induced pulmonary haemorrhage. */
export const THS_CUT_OFF = 75;
/** Bertram et al. 2023: what a person's score between these says is not certain, both ends included. */
export const THS_GREY_ZONE = { low: 40, high: 110 } as const;
export interface ThsInput {
  /** Cells of grade 0, 1, 2, 3, 4. */
  readonly counts: readonly number[];
  /** Fewer cells than this are warned of; 100 when not given. */
  readonly minimumCells?: number;
  /** Of the bootstrap below 30 cells; 1 when not given. */
  readonly seed?: number;
}

/** `below` the grey zone, in it (`grey`), or `above`. */
export type ThsZone = 'below' | 'grey' | 'above';

/**
 * `few-cells`: fewer than the minimum. `one-cell`: no interval can be told. `one-grade`: all cells have the same grade, so the interval
 * has no width, which says nothing about the animal. `straddles-cut-off`: 75 lies inside of the interval.
 */
export type ThsWarning = 'few-cells' | 'one-cell' | 'one-grade' | 'straddles-cut-off';

export type Ths =
  | {
      readonly available: true;
      /** 0–400. */
      readonly ths: number;
      readonly meanGrade: number;
      readonly cells: number;
      readonly counts: readonly number[];
      /** Per cent of the cells, by grade. */
      readonly shares: readonly number[];
      /** Of the score; absent for one cell. */
      readonly standardError?: number;
      /** 95 %, inside of 0–400; absent for one cell. */
      readonly interval?: ScoreInterval;
      readonly zone: ThsZone;
      readonly consistentWithEiph: boolean;
      readonly warnings: readonly ThsWarning[];
    }
  | (NotAvailable<'no-cells'> & { readonly cells: 0; readonly counts: readonly number[] });

const VECTORS: readonly Vector<ThsInput, Ths>[] = [
  {
    input: { counts: [60, 25, 10, 4, 1] },
    result: {
      ths: 61,
      standardError: 8.98,
      interval: { low: 43.4, high: 78.6, method: 'normal' },
      zone: 'grey',
      consistentWithEiph: false,
      warnings: ['straddles-cut-off'],
    },
    decimals: 2,
  },
  { input: { counts: [20, 30, 25, 15, 10] }, result: { ths: 165, meanGrade: 1.65, zone: 'above' } },
  {
    input: { counts: [110, 110, 50, 20, 10] },
    result: {
      ths: 103.33,
      standardError: 6.06,
      interval: { low: 91.45, high: 115.22, method: 'normal' },
      zone: 'grey',
      consistentWithEiph: true,
      warnings: [],
    },
    decimals: 2,
  },
  {
    input: { counts: [0, 0, 0, 0, 5] },
    result: { ths: 400, standardError: 0, zone: 'above', warnings: ['few-cells', 'one-grade'] },
  },
  { input: { counts: [0, 0, 0, 0, 0] }, result: { available: false, reason: 'no-cells' } },
  { input: { counts: [0, 0, 1, 0, 0] }, result: { ths: 200, cells: 1, warnings: ['few-cells', 'one-cell'] } },
];

/** Total haemosiderin score: 100 times the mean grade of alveolar macrophages. */
export const ths = defineScore<ThsInput, Ths>({
  id: 'ths',
  version: '1.0.0',
  title: 'Total haemosiderin score',
  rule:
    'Each alveolar macrophage has a grade from 0 (no blue) to 4 (strong blue throughout). THS = 100 × sum of grades ÷ number of cells, from 0 to 400. ' +
    'Without cells there is no score. From 75 on it is consistent with exercise-induced pulmonary haemorrhage; 40 to 110 is uncertain. ' +
    '95 % interval: THS ± 1.96 × 100·s/√N with the sample standard deviation s of the grades, cut at 0 and 400; below 30 cells the percentiles of 1,000 drawn ' +
    'samples (seeded bootstrap). Fewer than 100 cells are warned of.',
  sources: [
    {
      citation: 'Golde DW, Drew WL, Klein HZ, et al. 1975. Br Med J 2:166–168',
      takes: 'grades 0–4 of single cells',
    },
    {
      citation: 'Doucet MY, Viel L. 2002. J Vet Intern Med 16:281–286',
      url: 'https://pubmed.ncbi.nlm.nih.gov/12041658/',
      takes: 'score and cut-off 75 (74 Standardbreds: sensitivity 94 %, specificity 88 %)',
    },
    { citation: 'Bertram CA, et al. 2023. Vet Pathol', takes: 'grey zone 40–110' },
    {
      citation: 'Efron B. 1979. Ann Stat 7:1–26',
      takes: 'bootstrap percentiles for few cells (the choice is ours, and so is the normal interval)',
    },
  ],
  vectors: VECTORS,
  compute({ counts, minimumCells = THS_MINIMUM_CELLS, seed = 1 }) {
    checkCounts(counts);
    const cells = counts.reduce((sum, count) => sum + count, 0);
    if (cells === 0) return { ...notAvailable('no-cells'), cells: 0, counts };
    const meanGrade = counts.reduce((sum, count, grade) => sum + grade * count, 0) / cells;
    const value = 100 * meanGrade;
    const variance =
      cells < 2 ? 0 : counts.reduce((sum, count, grade) => sum + count * (grade - meanGrade) ** 2, 0) / (cells - 1);
    const spread = intervalOfMean(eachGrade(counts, cells), meanGrade, variance, seed);
    const { standardError, interval } = spread ?? {};
    const warnings: ThsWarning[] = [];
    if (cells < minimumCells) warnings.push('few-cells');
    if (standardError === undefined) warnings.push('one-cell');
    else if (standardError === 0) warnings.push('one-grade');
    if (interval && interval.low < THS_CUT_OFF && interval.high >= THS_CUT_OFF) warnings.push('straddles-cut-off');
    return {
      available: true,
      ths: value,
      meanGrade,
      cells,
      counts,
      shares: counts.map((count) => (100 * count) / cells),
      ...spread,
      zone: zoneOf(value),
      consistentWithEiph: value >= THS_CUT_OFF,
      warnings,
    };
  },
});

export const zoneOf = (value: number): ThsZone =>
  value < THS_GREY_ZONE.low ? 'below' : value > THS_GREY_ZONE.high ? 'above' : 'grey';

function checkCounts(counts: readonly number[]): void {
  if (counts.length !== GRADES.length)
    throw new RangeError(`There are ${counts.length} counts; one for each of the grades 0 to 4 is needed.`);
  counts.forEach((count, grade) => {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`The count of grade ${grade} is ${count}; it has to be a whole number from 0 on.`);
  });
}

/** The grade of each cell, one after the other, made only when somebody looks. */
const eachGrade = (counts: readonly number[], cells: number) => ({
  length: cells,
  *[Symbol.iterator]() {
    for (const [grade, count] of counts.entries()) for (let i = 0; i < count; i++) yield grade;
  },
});
