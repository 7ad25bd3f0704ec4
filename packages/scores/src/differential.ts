import { defineScore, notAvailable, type NotAvailable, type Source, type Vector } from './engine.ts';
import { wilson } from './wilson.ts';

/** Cells of bronchoalveolar lavage fluid that are counted, in the order in which they are shown. */
export const CELL_CLASSES = ['macrophage', 'lymphocyte', 'neutrophil', 'mastCell', 'eosinophil'] as const;
export type CellClass = (typeof CELL_CLASSES)[number];

/** Fewer cells than this are warned of; what a laboratory counts is a parameter. */
export const DIFFERENTIAL_MINIMUM_CELLS = 400;

const COUETIL: Source = {
  citation: 'Couëtil LL, Cardwell JM, Gerber V, et al. 2016. J Vet Intern Med 30:503–515',
  takes: 'mild to moderate: neutrophils > 10 %, mast cells > 5 %, eosinophils > 5 %; severe: neutrophils > 25 %',
};
const HERMANGE: Source = {
  citation: 'Hermange T, Le Corre S, Bizon C, et al. 2019. Vet J 244:28–33',
  takes: 'fluid of both lungs pooled: neutrophils > 9 %, mast cells > 3 %, eosinophils > 3 %',
};

/** Shares above which a finding speaks for equine asthma, together with the clinical picture and never by themselves. */
export interface ReferenceValues {
  readonly id: string;
  readonly title: string;
  /** Per cent; a share above it is noted. */
  readonly limits: Readonly<Partial<Record<CellClass, number>>>;
  readonly source: Source;
}
export const REFERENCE_VALUES = [
  {
    id: 'one-lung',
    title: 'Mild to moderate asthma, fluid of one lung',
    limits: { neutrophil: 10, mastCell: 5, eosinophil: 5 },
    source: COUETIL,
  },
  {
    id: 'pooled',
    title: 'Mild to moderate asthma, fluid of both lungs pooled',
    limits: { neutrophil: 9, mastCell: 3, eosinophil: 3 },
    source: HERMANGE,
  },
  { id: 'severe', title: 'Severe asthma', limits: { neutrophil: 25 }, source: COUETIL },
] as const satisfies readonly ReferenceValues[];

export type CellCounts = Readonly<Record<CellClass, number>>;

export interface DifferentialInput {
  readonly counts: CellCounts;
  /** Fewer cells than this are warned of; 400 when not given. */
  readonly minimumCells?: number;
}

/** One class of a differential cell count. */
export interface ClassShare {
  readonly count: number;
  /** Per cent of all five classes. */
  readonly share: number;
  /** 95 %, Wilson, per cent. */
  readonly low: number;
  readonly high: number;
}

/** `few-cells`: fewer than the minimum. */
export type DifferentialWarning = 'few-cells';

export type Differential =
  | {
      readonly available: true;
      /** Of all five classes together: the denominator of each share. */
      readonly cells: number;
      readonly classes: Readonly<Record<CellClass, ClassShare>>;
      readonly warnings: readonly DifferentialWarning[];
    }
  | (NotAvailable<'no-cells'> & { readonly cells: 0 });

export const NO_CELLS: CellCounts = { macrophage: 0, lymphocyte: 0, neutrophil: 0, mastCell: 0, eosinophil: 0 };

const VECTORS: readonly Vector<DifferentialInput, Differential>[] = [
  {
    note: 'lymphocytes are part of the denominator',
    input: {
      counts: { macrophage: 40, lymphocyte: 40, neutrophil: 15, mastCell: 4, eosinophil: 1 },
      minimumCells: 100,
    },
    result: {
      available: true,
      cells: 100,
      classes: {
        macrophage: { count: 40, share: 40, low: 30.94, high: 49.8 },
        lymphocyte: { count: 40, share: 40, low: 30.94, high: 49.8 },
        neutrophil: { count: 15, share: 15, low: 9.31, high: 23.28 },
        mastCell: { count: 4, share: 4, low: 1.57, high: 9.84 },
        eosinophil: { count: 1, share: 1, low: 0.18, high: 5.45 },
      },
      warnings: [],
    },
    decimals: 2,
  },
  {
    note: 'Newcombe 1998, table I: 81 of 263 and 0 of 263',
    input: { counts: { ...NO_CELLS, neutrophil: 81, macrophage: 182 } },
    result: {
      cells: 263,
      classes: {
        neutrophil: { count: 81, share: 30.8, low: 25.53, high: 36.62 },
        macrophage: { count: 182, share: 69.2, low: 63.38, high: 74.47 },
        lymphocyte: { count: 0, share: 0, low: 0, high: 1.44 },
        mastCell: { count: 0, share: 0, low: 0, high: 1.44 },
        eosinophil: { count: 0, share: 0, low: 0, high: 1.44 },
      },
      warnings: ['few-cells'],
    },
    decimals: 2,
  },
  {
    note: 'a single cell',
    input: { counts: { ...NO_CELLS, mastCell: 1 } },
    result: {
      cells: 1,
      classes: {
        mastCell: { count: 1, share: 100, low: 20.65, high: 100 },
        macrophage: { count: 0, share: 0, low: 0, high: 79.35 },
        lymphocyte: { count: 0, share: 0, low: 0, high: 79.35 },
        neutrophil: { count: 0, share: 0, low: 0, high: 79.35 },
        eosinophil: { count: 0, share: 0, low: 0, high: 79.35 },
      },
      warnings: ['few-cells'],
    },
    decimals: 2,
  },
  { note: 'no cells', input: { counts: NO_CELLS }, result: { available: false, reason: 'no-cells', cells: 0 } },
];

/** Differential cell count of bronchoalveolar lavage fluid: shares of five classes. */
export const differential = defineScore<DifferentialInput, Differential>({
  id: 'differential',
  version: '1.0.0',
  title: 'Differential cell count (equine asthma)',
  rule:
    'Share of a class = 100 × its cells ÷ cells of all five classes: macrophages, lymphocytes, neutrophils, mast cells, eosinophils. ' +
    'Lymphocytes are always part of the denominator. Without cells there is no share. 95 % interval of each share by Wilson’s score method. ' +
    'Fewer cells than the minimum (400 unless set) are warned of.',
  sources: [
    {
      citation: 'Marzahl C, Aubreville M, Bertram CA, et al. 2021. Sci Rep 11:4343',
      takes: 'the five classes of the asthma study',
    },
    {
      citation: 'Fernandez NJ, Hecker KG, Gilroy CV, Warren AL, Léguillette R. 2013. Vet Clin Pathol 42:92–98',
      url: 'https://doi.org/10.1111/vcp.12013',
      takes: '400 cells as the usual number; unreliable for mast cells all the same',
    },
    { citation: 'Wilson EB. 1927. J Am Stat Assoc 22:209–212', takes: 'the interval (the choice is ours)' },
    COUETIL,
    HERMANGE,
  ],
  vectors: VECTORS,
  compute({ counts, minimumCells = DIFFERENTIAL_MINIMUM_CELLS }) {
    for (const name of CELL_CLASSES)
      if (!Number.isSafeInteger(counts[name]) || counts[name] < 0)
        throw new RangeError(`The count of ${name} is ${counts[name]}; it has to be a whole number from 0 on.`);
    const cells = CELL_CLASSES.reduce((sum, name) => sum + counts[name], 0);
    if (cells === 0) return { ...notAvailable('no-cells'), cells: 0 };
    const shareOf = (count: number): ClassShare => {
      const { low, high } = wilson(count, cells);
      return { count, share: (100 * count) / cells, low: 100 * low, high: 100 * high };
    };
    return {
      available: true,
      cells,
      classes: Object.fromEntries(CELL_CLASSES.map((name) => [name, shareOf(counts[name])])) as Record<
        CellClass,
        ClassShare
      >,
      warnings: cells < minimumCells ? ['few-cells'] : [],
    };
  },
});

/** The classes whose share lies above the limit of the reference, in the order of {@link CELL_CLASSES}; none without cells. */
export function findAbove(result: Differential, { limits }: ReferenceValues): CellClass[] {
  if (!result.available) return [];
  return CELL_CLASSES.filter((name) => {
    const limit = limits[name];
    return limit !== undefined && result.classes[name].share > limit;
  });
}
