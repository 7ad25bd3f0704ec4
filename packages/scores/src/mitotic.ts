import { defineScore, notAvailable, type NotAvailable, type Source, type Vector } from './engine.ts';
import {
  createTissueShare,
  findHotSpot,
  findInside,
  type Middles,
  MINIMUM_STEPS,
  type Place,
  type Size,
  type TissueBits,
  type Window,
} from './hot-spot.ts';

/** Ten fields of 0.237 mm² (field number 22 mm, objective 40×): the area in which mitotic figures are counted. */
export const STANDARD_AREA_MM2 = 2.37;
/** Width ÷ height of the window. */
export const STANDARD_ASPECT = 4 / 3;
/** Places of the window with less tissue are left out. Ours; how much is wanted is a parameter. */
export const MINIMUM_TISSUE = 0.5;
/** An area that differs by less from the standard one is the standard one: windows are drawn to whole pixels. */
const SAME_AREA = 0.002;

/** Micrometres for one level-0 pixel. */
export interface Scale {
  readonly mppX: number;
  readonly mppY: number;
}

/**
 * Area of one microscope field in mm².
 *
 * @param fieldNumberMm - engraved on the ocular: diameter of what it shows, in mm
 * @param objective     - magnification of the objective
 */
export function fieldArea(fieldNumberMm: number, objective: number): number {
  return (
    Math.PI * (checkPositive(fieldNumberMm, 'field number') / (2 * checkPositive(objective, 'magnification'))) ** 2
  );
}

/** Width and height of a window in level-0 pixels. `aspect`: width ÷ height in micrometres. */
export function windowSize(areaMm2: number, scale: Scale, aspect: number = STANDARD_ASPECT): Size {
  const area = checkPositive(areaMm2, 'area') * 1e6;
  checkPositive(aspect, 'shape');
  return {
    width: Math.sqrt(area * aspect) / checkPositive(scale.mppX, 'scale'),
    height: Math.sqrt(area / aspect) / checkPositive(scale.mppY, 'scale'),
  };
}

/** A threshold that is in use for a tumour: an example to be told with its source, never a default. */
export interface CutOff {
  readonly tumour: string;
  /** Mitotic count in 2.37 mm² from which on. */
  readonly atLeast: number;
  readonly says: string;
  readonly source: Source;
}
export const MITOTIC_CUT_OFFS: readonly CutOff[] = [
  {
    tumour: 'Canine cutaneous mast cell tumour',
    atLeast: 7,
    says: 'one of the criteria of high grade',
    source: {
      citation: 'Kiupel M, Webster JD, Bailey KL, et al. 2011. Vet Pathol 48:147–155',
      url: 'https://doi.org/10.1177/0300985810386469',
      takes: 'at least 7 in 10 high-power fields, whose area is not stated there',
    },
  },
  {
    tumour: 'Canine cutaneous mast cell tumour',
    atLeast: 6,
    says: 'shorter survival (more than 5)',
    source: {
      citation: 'Romansik EM, Reilly CM, Kass PH, et al. 2007. Vet Pathol 44:335–341, with the erratum of 2024',
      takes: 'more than 5 in 2.37 mm² (field number 22)',
    },
  },
];

export interface MitoticInput {
  /** Middles of the mitotic figures in level-0 pixels. Look-alikes are not among them: they count nothing. */
  readonly figures: Middles;
  readonly image: Size;
  /** Left out where it is not known: then there is no count. */
  readonly scale?: Scale | undefined;
  /** Over all of the image; without it nothing is asked of the tissue. */
  readonly tissue?: TissueBits | undefined;
  readonly minimumTissue?: number;
  readonly areaMm2?: number;
  readonly aspect?: number;
  readonly stepsPerWindow?: number;
  /**
   * Where a person has put the window, instead of the hot spot: its top left corner, moved so that the window lies on the image; with
   * `width` and `height` (level-0 pixels) also its size.
   */
  readonly at?: (Place & Partial<Size>) | undefined;
}

/**
 * `converted`: counted in another area than the standard one. `image-too-small`: the image does not hold the window, so that it was cut to
 * the image. `little-tissue`: less tissue than wanted where a person has put the window.
 */
export type MitoticWarning = 'converted' | 'image-too-small' | 'little-tissue';

/** Figures of an area that is not chosen for holding many. */
export interface MitoticMean {
  readonly count: number;
  /** Tissue of the image, or all of it where no tissue is known. */
  readonly areaMm2: number;
  readonly of: 'tissue' | 'image';
  readonly perMm2: number;
}

export type Mitotic =
  | {
      readonly available: true;
      /** Figures in the window, as they were counted. */
      readonly count: number;
      /** Figures for the standard area: `count` itself, or converted by area. */
      readonly standardCount: number;
      readonly isConverted: boolean;
      readonly perMm2: number;
      /** How the place was found. */
      readonly site: 'hot-spot' | 'by-hand';
      readonly window: Window;
      readonly areaMm2: number;
      /** Width ÷ height of the window in micrometres. */
      readonly aspect: number;
      readonly scale: Scale;
      /** 0…1; absent where no tissue is known. */
      readonly tissueShare?: number;
      /** Of all figures on the image; absent where there is no tissue at all. */
      readonly mean?: MitoticMean;
      readonly warnings: readonly MitoticWarning[];
    }
  | NotAvailable<'no-scale' | 'no-tissue'>;

const QUARTER_MICRON: Scale = { mppX: 0.25, mppY: 0.25 };
const LARGE: Size = { width: 20_000, height: 20_000 };
const VECTORS: readonly Vector<MitoticInput, Mitotic>[] = [
  {
    note: 'the window at 0.25 µm per pixel is 7,110.6 × 5,332.9 px; of two places with two figures the upper left one',
    input: { figures: { x: [100, 7000, 9000], y: [100, 5000, 50] }, image: LARGE, scale: QUARTER_MICRON },
    result: {
      available: true,
      count: 2,
      standardCount: 2,
      isConverted: false,
      perMm2: 0.844,
      site: 'hot-spot',
      window: { x: 0, y: 0, width: 7110.556, height: 5332.917 },
      areaMm2: 2.37,
      aspect: 1.333,
      mean: { count: 3, areaMm2: 25, of: 'image', perMm2: 0.12 },
      warnings: [],
    },
    decimals: 3,
  },
  {
    note: 'one field of 0.237 mm² is 2,248.6 × 1,686.4 px',
    input: { figures: { x: [], y: [] }, image: LARGE, scale: QUARTER_MICRON, areaMm2: 0.237 },
    result: { available: true, count: 0, perMm2: 0, window: { x: 0, y: 0, width: 2248.6, height: 1686.4 } },
    decimals: 1,
  },
  {
    note: 'five figures in 1 mm² are 11.85 in 2.37 mm², and said to be converted',
    input: {
      figures: { x: [1, 2, 3, 4, 5, 5000], y: [1, 2, 3, 4, 5, 5000] },
      image: LARGE,
      scale: QUARTER_MICRON,
      at: { x: 0, y: 0, width: 4000, height: 4000 },
    },
    result: {
      count: 5,
      standardCount: 11.85,
      isConverted: true,
      perMm2: 5,
      site: 'by-hand',
      areaMm2: 1,
      aspect: 1,
      warnings: ['converted'],
    },
  },
  {
    note: 'pixels that are not square: the window is 4:3 in micrometres',
    input: { figures: { x: [], y: [] }, image: LARGE, scale: { mppX: 0.25, mppY: 0.5 } },
    result: { window: { x: 0, y: 0, width: 7110.6, height: 2666.5 }, warnings: [] },
    decimals: 1,
  },
  {
    note: 'an image that is smaller than the window counts whole, converted',
    input: { figures: { x: [10, 20], y: [10, 20] }, image: { width: 4000, height: 4000 }, scale: QUARTER_MICRON },
    result: {
      count: 2,
      standardCount: 4.74,
      isConverted: true,
      areaMm2: 1,
      window: { x: 0, y: 0, width: 4000, height: 4000 },
      warnings: ['converted', 'image-too-small'],
    },
  },
  {
    note: 'no scale, no count',
    input: { figures: { x: [10], y: [10] }, image: LARGE },
    result: { available: false, reason: 'no-scale' },
  },
  {
    note: 'no tissue, no count',
    input: {
      figures: { x: [10], y: [10] },
      image: LARGE,
      scale: QUARTER_MICRON,
      tissue: { width: 2, height: 1, bits: Uint8Array.of(0, 0) },
    },
    result: { available: false, reason: 'no-tissue' },
  },
  {
    note: 'the place with the tissue that is wanted, though more figures lie elsewhere',
    input: {
      figures: { x: [100, 200, 15_000], y: [100, 200, 8000] },
      image: LARGE,
      scale: QUARTER_MICRON,
      tissue: { width: 2, height: 1, bits: Uint8Array.of(0, 1) },
    },
    result: {
      available: true,
      count: 1,
      tissueShare: 1,
      mean: { count: 3, areaMm2: 12.5, of: 'tissue', perMm2: 0.24 },
    },
  },
];

/** Mitotic count: figures in a window of 2.37 mm² where they are closest together. */
export const mitoticCount = defineScore<MitoticInput, Mitotic>({
  id: 'mitotic-count',
  version: '1.0.0',
  title: 'Mitotic count',
  rule:
    'Number of mitotic figures whose middle lies inside of one window of 2.37 mm² (4:3, unless set otherwise) at the place of the image where ' +
    'they are closest together (hot spot), or where a person has put it. Places lie at most 1/16 of the window apart; those with less tissue than wanted are left ' +
    'out; at the same count the one with most tissue, then the upper, then the left one. Look-alikes count nothing. Per mm² = count ÷ area. ' +
    'A count in another area is converted (count × 2.37 ÷ area) and said to be. Without a known scale there is no count. It is no share of ' +
    'cells.',
  sources: [
    {
      citation: 'Meuten DJ, Moore FM, George JW. 2016. Vet Pathol 53:7–9',
      takes: '2.37 mm², ten fields at 40× and field number 22',
    },
    {
      citation: 'Donovan TA, Moore FM, Bertram CA, et al. 2021. Vet Pathol 58:243–257',
      takes: 'what is a figure and what is not',
    },
    {
      citation: 'Cree IA, Tan PH, Travis WD, et al. 2021. Mod Pathol 34:1651–1657',
      takes: 'to report per mm²',
    },
    {
      citation: 'Bertram CA, Gurtner C, Dettwiler M, et al. 2018, as abstract of the Freie Universität Berlin',
      url: 'https://bib.vetmed.fu-berlin.de/pubdb/pub/24788-mitotic-count-in-canine-cutaneous-mast-cell-tumours-not-accurat',
      takes: 'areas chosen by hand: 51.9 % in the top quartile of the slide, κ = 0.865 for the cut at 7 all the same',
    },
    ...MITOTIC_CUT_OFFS.map(({ source }) => source),
  ],
  vectors: VECTORS,
  compute(input) {
    const { figures, image, scale, tissue, minimumTissue = MINIMUM_TISSUE, areaMm2 = STANDARD_AREA_MM2 } = input;
    if (!scale) return notAvailable('no-scale');
    const wanted = windowSize(areaMm2, scale, input.aspect);
    const shareOf = tissue && createTissueShare(tissue, image);
    const found = input.at
      ? placeByHand(input.at, wanted, image)
      : findHotSpot({
          points: figures,
          image,
          window: cutTo(wanted, image),
          stepsPerWindow: input.stepsPerWindow ?? MINIMUM_STEPS,
          tissue,
          minimumTissue,
        });
    if (!found) return notAvailable('no-tissue');
    const window = { x: found.x, y: found.y, width: found.width, height: found.height };
    const count = findInside(figures, window).length;
    const area = areaOf(window, scale);
    const isConverted = Math.abs(area / areaMm2 - 1) > SAME_AREA;
    const tissueShare = shareOf?.(window);
    const mean = meanOf(figures, image, scale, tissue);
    const warnings: MitoticWarning[] = [];
    if (isConverted) warnings.push('converted');
    if (wanted.width > image.width || wanted.height > image.height) warnings.push('image-too-small');
    if (tissueShare !== undefined && tissueShare < minimumTissue - 1e-9) warnings.push('little-tissue');
    return {
      available: true,
      count,
      standardCount: isConverted ? (count * areaMm2) / area : count,
      isConverted,
      perMm2: count / area,
      site: input.at ? 'by-hand' : 'hot-spot',
      window,
      areaMm2: area,
      aspect: (window.width * scale.mppX) / (window.height * scale.mppY),
      scale,
      ...(tissueShare === undefined ? {} : { tissueShare }),
      ...(mean ? { mean } : {}),
      warnings,
    };
  },
});

const cutTo = (size: Size, image: Size): Size => ({
  width: Math.min(size.width, image.width),
  height: Math.min(size.height, image.height),
});

const areaOf = ({ width, height }: Size, { mppX, mppY }: Scale): number => (width * mppX * height * mppY) / 1e6;

/** A window that a person has placed, moved to lie on the image. */
export function placeByHand(at: Place & Partial<Size>, standard: Size, image: Size): Window {
  const { width, height } = cutTo({ width: at.width ?? standard.width, height: at.height ?? standard.height }, image);
  checkPositive(width, 'width of the window');
  checkPositive(height, 'height of the window');
  const within = (value: number, most: number): number => Math.min(Math.max(0, value), most);
  return { x: within(at.x, image.width - width), y: within(at.y, image.height - height), width, height };
}

function meanOf(figures: Middles, image: Size, scale: Scale, tissue: TissueBits | undefined): MitoticMean | undefined {
  const share = tissue ? createTissueShare(tissue, image)({ x: 0, y: 0, ...image }) : 1;
  if (share === 0) return undefined;
  const count = findInside(figures, { x: 0, y: 0, ...image }).length;
  const areaMm2 = areaOf(image, scale) * share;
  return { count, areaMm2, of: tissue ? 'tissue' : 'image', perMm2: count / areaMm2 };
}

function checkPositive(value: number, what: string): number {
  if (!(value > 0) || !Number.isFinite(value)) throw new RangeError(`The ${what} is ${value}; it has to be above 0.`);
  return value;
}
