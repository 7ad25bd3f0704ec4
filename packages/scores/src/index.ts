export { defineScore, notAvailable, type NotAvailable, type Score, type Source, type Vector } from './engine.ts';
export { ALL_SCORES } from './registry.ts';
export { GRADE_WORDS, GRADES, type Grade, gradeOfName, guessGrades } from './grades.ts';
export { type Box, CountGrid, gradesOf, isInside, type Points } from './count-grid.ts';
export { CUT_POINTS, gradeOfScore, nearestCut, SCORE_MAX } from './cut-points.ts';
export {
  BORDER_DISTANCE,
  type BorderCell,
  type BorderQueue,
  borderQueue,
  type BorderQueueInput,
  type ScoredCell,
} from './border-queue.ts';
export { type HeatMap, heatMap, type HeatOptions } from './heat.ts';
export { type ScoreInterval, THS_MAX, THS_MINIMUM_CELLS } from './interval.ts';
export { THS_CUT_OFF, THS_GREY_ZONE, ths, type Ths, type ThsInput, type ThsWarning, type ThsZone } from './ths.ts';
export { thsFromScores, type ThsFromScores, type ThsFromScoresInput } from './ths-from-scores.ts';
export {
  CELL_CLASSES,
  type CellClass,
  type CellCounts,
  type ClassShare,
  type Differential,
  differential,
  type DifferentialInput,
  findAbove,
  NO_CELLS,
  REFERENCE_VALUES,
  type ReferenceValues,
} from './differential.ts';
export { type ShareInterval, wilson } from './wilson.ts';
export {
  fieldArea,
  type Mitotic,
  MITOTIC_CUT_OFFS,
  mitoticCount,
  type MitoticInput,
  type MitoticWarning,
  placeByHand,
  type Scale,
  STANDARD_AREA_MM2,
  STANDARD_ASPECT,
  windowSize,
} from './mitotic.ts';
export {
  findHotSpot,
  findInside,
  type HotSpot,
  type HotSpotInput,
  type Middles,
  type TissueBits,
  type Window,
} from './hot-spot.ts';
export { cellClassOfName, MITOTIC_KINDS, type MitoticKind, mitoticKindOfName } from './cell-names.ts';
