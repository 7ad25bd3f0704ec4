import { CELL_CLASSES, differential, mitoticCount } from '@exact/scores';
import type { Basis, DifferentialAnswer, ImageScores, MitoticAnswer } from '../shared/model.ts';
import type { MitoticSummary, Summaries } from '../shared/summary.ts';

/** Names for the ids of rows. */
export interface CsvNames {
  imageSet(id: number): string;
  reader(id: number): string;
}

type Cell = string | number | undefined;
/** `image`, `image_reader` (or layer), `image_set`, `project`, `reader` (or layer). */
type Level = 'image' | 'image_reader' | 'image_set' | 'project' | 'reader';

const PLACE = ['level', 'image_set', 'image_id', 'image', 'reader', 'layer'];
const DIFFERENTIAL = [
  'cells',
  ...CELL_CLASSES.flatMap((name) => ['count', 'percent', 'low', 'high'].map((what) => `${snake(name)}_${what}`)),
  'warnings',
  'not_available',
];
const MITOTIC = [
  ...['count', 'area_mm2', 'count_in_standard_area', 'standard_area_mm2', 'converted', 'per_mm2', 'look_alikes'],
  ...['site', 'x', 'y', 'width', 'height', 'mpp_x', 'mpp_y', 'tissue_share'],
  ...['mean_figures', 'mean_area_mm2', 'mean_of', 'mean_per_mm2', 'warnings', 'not_available'],
  ...['images', 'images_without', 'mean_count', 'highest_count'],
];

/** The first row: one score a table, each row with the version of the score that made it. */
export const headOf = (score: 'differential' | 'mitotic'): string =>
  toLine([...PLACE, 'score', ...(score === 'differential' ? DIFFERENTIAL : MITOTIC)]);

/** Rows of one image: all that is there, then by who has drawn it. */
export function imageRows(
  score: 'differential' | 'mitotic',
  image: ImageScores,
  basis: Basis,
  names: CsvNames,
): string {
  const place = (level: Level, who: { authorId?: number | undefined; layerName?: string | undefined } = {}): Cell[] => [
    ...[level, names.imageSet(image.imageSetId), image.imageId, image.name],
    ...[who.authorId === undefined ? undefined : names.reader(who.authorId), who.layerName],
  ];
  const cells = (scores: { differential: DifferentialAnswer; mitotic: MitoticAnswer }): Cell[] =>
    score === 'differential' ? differentialCells(scores.differential) : mitoticCells(scores.mitotic, basis);
  return [
    toLine([...place('image'), versionOf(score), ...cells(image)]),
    ...image.who.map((who) => toLine([...place('image_reader', who), versionOf(score), ...cells(who)])),
  ].join('');
}

/** Rows of the image sets, the project, and each reader and layer. */
export function summaryRows(
  score: 'differential' | 'mitotic',
  { all, imageSets, who }: Summaries,
  names: CsvNames,
): string {
  const cells = (one: { differential: DifferentialAnswer; mitotic: MitoticSummary }): Cell[] =>
    score === 'differential' ? differentialCells(one.differential) : summaryCells(one.mitotic);
  const line = (place: Cell[], one: Parameters<typeof cells>[0]): string =>
    toLine([...place, versionOf(score), ...cells(one)]);
  return [
    ...imageSets.map((one) => line(['image_set', names.imageSet(one.imageSetId), ...blank(4)], one)),
    line(['project', ...blank(5)], all),
    ...who.map((one) =>
      line(
        ['reader', ...blank(3), one.authorId === undefined ? undefined : names.reader(one.authorId), one.layerName],
        one,
      ),
    ),
  ].join('');
}

const versionOf = (score: 'differential' | 'mitotic'): string => {
  const { id, version } = score === 'differential' ? differential : mitoticCount;
  return `${id} ${version}`;
};

function differentialCells(answer: DifferentialAnswer): Cell[] {
  if (!answer.available)
    return [answer.reason === 'no-cells' ? 0 : undefined, ...blank(4 * CELL_CLASSES.length + 1), answer.reason];
  return [
    answer.cells,
    ...CELL_CLASSES.flatMap((name) => {
      const { count, share, low, high } = answer.classes[name];
      return [count, share.toFixed(2), low.toFixed(2), high.toFixed(2)];
    }),
    answer.warnings.join(' '),
    undefined,
  ];
}

function mitoticCells(answer: MitoticAnswer, { areaMm2 }: Basis): Cell[] {
  if (!answer.available) return [...blank(20), answer.reason, ...blank(4)];
  const { window, scale, mean } = answer;
  return [
    ...[
      answer.count,
      answer.areaMm2.toFixed(4),
      round(answer.standardCount),
      areaMm2,
      answer.isConverted ? 'yes' : 'no',
    ],
    ...[answer.perMm2.toFixed(3), answer.lookAlikes, answer.site],
    ...[window.x, window.y, window.width, window.height].map((value) => value.toFixed(1)),
    ...[scale.mppX, scale.mppY, answer.tissueShare?.toFixed(3)],
    ...[mean?.count, mean?.areaMm2.toFixed(4), mean?.of, mean?.perMm2.toFixed(3)],
    ...[answer.warnings.join(' '), undefined, ...blank(4)],
  ];
}

const summaryCells = ({ images, without, mean, highest }: MitoticSummary): Cell[] => [
  ...blank(21),
  ...[
    images,
    without,
    mean === undefined ? undefined : round(mean),
    highest === undefined ? undefined : round(highest),
  ],
];

const round = (value: number): string => String(Number(value.toFixed(2)));
const blank = (length: number): undefined[] => Array.from({ length }, () => undefined);
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A row after RFC 4180. Texts that a spreadsheet would take for a formula get an apostrophe: people write the names of images and layers. */
function toLine(cells: readonly Cell[]): string {
  return `${cells.map(field).join(',')}\r\n`;
}

function field(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
