import type { Ths } from '@exact/scores';
import type { ScoreTable } from './contract.ts';

const HEADS = [
  ...['table', 'image_set', 'image', 'reader', 'layer', 'n0', 'n1', 'n2', 'n3', 'n4', 'cells', 'ths', 'standard_error'],
  ...[
    'low_95',
    'high_95',
    'interval',
    'zone',
    'consistent_with_eiph',
    'warnings',
    'score',
    'seed',
    'minimum_cells',
    'verified',
  ],
] as const;

/**
 * Scores as CSV (RFC 4180), one score a line. A score that does not exist has empty cells and its reason in the column `ths`'s
 * neighbour `warnings`. Texts that a spreadsheet would take for a formula get an apostrophe in front.
 *
 * @param nameOf - the name of a reader; their ids stand there otherwise
 * @see OWASP, "CSV Injection"
 */
export function toCsv(
  { basis, all, images, imageSets, readers, imageReaders }: ScoreTable,
  nameOf: (authorId: number) => string = String,
): string {
  const setName = new Map(imageSets.map(({ imageSetId, name }) => [imageSetId, name]));
  const row = (
    table: string,
    place: { imageSetId?: number; name?: string; authorId?: number | undefined; layerName?: string | undefined },
    score: Ths,
  ): (string | number)[] => [
    table,
    place.imageSetId === undefined ? '' : (setName.get(place.imageSetId) ?? ''),
    place.name ?? '',
    place.authorId === undefined ? '' : nameOf(place.authorId),
    place.layerName ?? '',
    ...score.counts,
    score.cells,
    ...(score.available
      ? [
          score.ths.toFixed(2),
          score.standardError?.toFixed(2) ?? '',
          score.interval?.low.toFixed(2) ?? '',
          score.interval?.high.toFixed(2) ?? '',
          score.interval?.method ?? '',
          score.zone,
          score.consistentWithEiph ? 'yes' : 'no',
          score.warnings.join(' '),
        ]
      : ['', '', '', '', '', '', '', `not available: ${score.reason}`]),
    basis.score,
    basis.seed,
    basis.minimumCells,
    basis.verified,
  ];
  const rows = [
    row('all', {}, all),
    ...imageSets.map(({ imageSetId, score }) => row('image_set', { imageSetId }, score)),
    ...images.map(({ imageSetId, name, score }) => row('image', { imageSetId, name }, score)),
    ...readers.map(({ score, ...who }) => row('reader', who, score)),
    ...imageReaders.map(({ score, imageId: _, layerId: _l, ...where }) => row('image_reader', where, score)),
  ];
  return [HEADS, ...rows].map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
