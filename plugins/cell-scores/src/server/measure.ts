import { findInside, type Middles, mitoticCount, type TissueBits } from '@exact/scores';
import type { AnnotationCentres } from '@exact/sdk/server';
import { countCells, differentialOf } from '../shared/differential-of.ts';
import type { DifferentialAnswer, MitoticAnswer } from '../shared/model.ts';
import { aspectOf } from '../shared/settings.ts';
import type { Rules } from './cells.ts';

/** Of an image, what a mitotic count needs. */
export interface MeasuredImage {
  readonly width: number;
  readonly height: number;
  readonly mppX?: number | undefined;
  readonly mppY?: number | undefined;
}

export function measureDifferential(
  { cellIndex, settings }: Rules,
  cells: AnnotationCentres | undefined,
  indices: readonly number[],
): DifferentialAnswer {
  const counts = cells ? countCells(cells.templateId, indices, cellIndex) : [];
  return differentialOf(counts, { isMapped: cellIndex.size > 0, minimumCells: settings.minimumCells });
}

/** Whether a mitotic count of the image asks for its tissue: neither without a scale nor without classes. */
export const needsTissue = ({ mitosis }: Rules, image: MeasuredImage): boolean =>
  hasFigureClass(mitosis) && scaleOf(image) !== undefined;

const hasFigureClass = (mitosis: Rules['mitosis']): boolean => [...mitosis.values()].includes('figure');

/** Pixels are square unless the image says otherwise; as `useScale()` in the browser. */
const scaleOf = ({ mppX, mppY = mppX }: MeasuredImage) =>
  mppX === undefined || mppY === undefined ? undefined : { mppX, mppY };

export interface MitoticMeasure {
  readonly answer: MitoticAnswer;
  /** Places in the columns of the figures in the window, in their order. */
  readonly figures: readonly number[];
}

/**
 * The mitotic count of an image.
 *
 * @param tissue - `unreadable` where its pixels cannot be read
 * @param at     - where a person has put the window
 */
export function measureMitotic(
  { mitosis, settings }: Rules,
  image: MeasuredImage,
  tissue: TissueBits | 'unreadable' | undefined,
  cells: AnnotationCentres | undefined,
  indices: readonly number[],
  at?: { readonly x: number; readonly y: number; readonly width?: number; readonly height?: number },
): MitoticMeasure {
  const none = (reason: 'no-class' | 'unreadable' | 'no-scale' | 'no-tissue'): MitoticMeasure => ({
    answer: { available: false, reason },
    figures: [],
  });
  if (!hasFigureClass(mitosis)) return none('no-class');
  const scale = scaleOf(image);
  if (!scale) return none('no-scale');
  if (tissue === 'unreadable') return none('unreadable');
  const of = (kind: 'figure' | 'lookAlike'): number[] =>
    cells ? indices.filter((i) => mitosis.get(cells.templateId[i] ?? -1) === kind) : [];
  const middles = (places: readonly number[]): Middles => ({
    x: places.map((i) => cells?.x[i] ?? NaN),
    y: places.map((i) => cells?.y[i] ?? NaN),
  });
  const [figures, lookAlikes] = [of('figure'), of('lookAlike')];
  const result = mitoticCount.compute({
    figures: middles(figures),
    image,
    scale,
    tissue,
    minimumTissue: settings.minimumTissue,
    areaMm2: settings.areaMm2,
    aspect: aspectOf(settings.shape),
    stepsPerWindow: settings.stepsPerWindow,
    at,
  });
  if (!result.available) return none(result.reason);
  const { mean, warnings, ...rest } = result;
  return {
    answer: {
      ...rest,
      lookAlikes: findInside(middles(lookAlikes), result.window).length,
      ...(mean ? { mean } : {}),
      warnings: [...warnings],
    },
    figures: findInside(middles(figures), result.window).flatMap((i) => figures[i] ?? []),
  };
}
