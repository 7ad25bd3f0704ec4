import { cpus } from 'node:os';

import { type GoalResult, goalsTable, judge, markdownTable, showNumber } from '../goals.ts';
import { median } from '../statistics.ts';
import type { AnnotationsResult, Pair, ViewPairs } from './measure.ts';

const ours = ({ ours: mine }: Pair): number => mine;
const anchor = ({ anchor: other }: Pair): number => other;
const slower = (pairs: readonly Pair[]): number[] => pairs.map((pair) => pair.ours / pair.anchor);
const faster = (pairs: readonly Pair[]): number[] => pairs.map((pair) => pair.anchor / pair.ours);

/** Rows a second of the original EXACT for whole images, in pages (performance notes, R4): it is not here to be asked. */
const ORIGINAL_ROWS_PER_S = 1000;

/** What is asked of annotations (R1 to R7, W1 to W4), as ratios within this run. */
export function goalsOf(result: AnnotationsResult): readonly GoalResult[] {
  const { views, blind, wholeRates, payload, overview, batches, files, singles, edits, storage } = result;
  const view = (id: 'R1' | 'R2'): readonly Pair[] => views.find((one) => one.id === id)?.pairs ?? [];
  return [
    judge(
      { id: 'R1', what: 'part of the slide, 1,000 objects: time to JSON', side: 'most', must: 0.2, aim: 0.05 },
      slower(view('R1')),
    ),
    judge({ id: 'R2', what: 'the same, 10,000 objects', side: 'most', must: 0.12, aim: 0.02 }, slower(view('R2'))),
    ...blind.map(({ objects, pairs }) =>
      judge(
        {
          ...{ id: 'V1', side: 'most', must: 1.2, aim: 1.05 },
          what: `${partName(objects)}, read by who works blind: time to a manager’s`,
        },
        slower(pairs),
      ),
    ),
    judge(
      { id: 'R4', what: 'whole image: rows/s to 1,000/s of the original', side: 'least', must: 80, aim: 150 },
      wholeRates.map((rate) => rate / ORIGINAL_ROWS_PER_S),
    ),
    judge(
      { id: 'R5', what: 'bytes on the wire to EXACT’s JSON', side: 'most', must: 0.16, aim: 0.08 },
      payload ? [payload.bytes / payload.jsonBytes] : [],
    ),
    judge(
      { id: 'R5', what: 'the same, both gzipped', side: 'most', must: 0.19, aim: 0.13 },
      payload ? [payload.gzipBytes / payload.jsonGzipBytes] : [],
    ),
    judge(
      { id: 'R6', what: 'encode and decode: times as fast as JSON', side: 'least', must: 8, aim: 20 },
      faster(payload?.times ?? []),
    ),
    judge(
      { id: 'R7', what: 'overview: times as fast as GROUP BY', side: 'least', must: 15, aim: 100 },
      faster(overview),
    ),
    judge(
      { id: 'W1', what: 'batches of 1,000: rate to a bare insert over HTTP', side: 'least', must: 0.5, aim: 0.85 },
      faster(batches),
    ),
    judge(
      { id: 'W2', what: 'file: rate to COPY with the same indexes', side: 'least', must: 0.4, aim: 0.8 },
      faster(files),
    ),
    judge(
      { id: 'W3', what: 'one annotation: time to a bare insert over HTTP', side: 'most', must: 3, aim: 1.5 },
      slower(singles),
    ),
    judge(
      { id: 'W4', what: 'bytes in the database to EXACT’s jsonb', side: 'most', must: 0.25, aim: 0.15 },
      storage ? [storage.ours / storage.exact] : [],
    ),
    judge(
      { id: 'edit', what: 'one among all: time to one among ten', side: 'most', must: 1.25, aim: 1.1 },
      slower(edits),
    ),
  ];
}

const partName = (objects: ViewPairs['objects']): string =>
  objects === 'overview' ? 'overview' : `part of ${objects.toLocaleString('en')} objects`;

/** The result as Markdown. */
export function report(result: AnnotationsResult): string {
  const {
    count,
    large,
    boxes,
    memoryMb,
    views,
    blind,
    wholeRates,
    payload,
    overview,
    batches,
    files,
    fileRows,
    singles,
    edits,
    storage,
  } = result;
  const ms = (pairs: readonly Pair[], of: (pair: Pair) => number): string =>
    pairs.length === 0 ? '–' : `${showNumber(median(pairs.map(of)))} ms`;
  const rate = (rows: number, pairs: readonly Pair[], of: (pair: Pair) => number): string =>
    pairs.length === 0 ? '–' : `${Math.round(rows / (median(pairs.map(of)) / 1000))} rows/s`;
  const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    `${count} polygons of 30 points on one slide. ${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}; fixed seed; ours and anchor in turns.`,
    '',
    markdownTable(
      ['what', 'ours', 'anchor', 'rounds'],
      [
        ...views.map(({ id, objects, pairs }) => [
          `${id}: about ${objects} objects`,
          ms(pairs, ours),
          ms(pairs, anchor),
          pairs.length,
        ]),
        ...blind.map(({ objects, pairs }) => [
          `V1: ${partName(objects)}, blind and not`,
          ms(pairs, ours),
          ms(pairs, anchor),
          pairs.length,
        ]),
        [
          `R4: ${fileRows} of an image as a whole`,
          wholeRates.length === 0 ? '–' : `${Math.round(median(wholeRates))} rows/s`,
          '–',
          wholeRates.length,
        ],
        ...(payload
          ? [
              [`R5: ${payload.count} polygons, plain`, mb(payload.bytes), mb(payload.jsonBytes), 1],
              ['R5: gzipped', mb(payload.gzipBytes), mb(payload.jsonGzipBytes), 1],
              ['R6: encode and decode', ms(payload.times, ours), ms(payload.times, anchor), payload.times.length],
            ]
          : []),
        ['R7: overview', ms(overview, ours), ms(overview, anchor), overview.length],
        ['W1: batches of 1,000', rate(1000, batches, ours), rate(1000, batches, anchor), batches.length],
        [`W2: files of ${fileRows}`, rate(fileRows, files, ours), rate(fileRows, files, anchor), files.length],
        ['W3: one annotation', ms(singles, ours), ms(singles, anchor), singles.length],
        ...(storage ? [['W4: bytes an annotation', storage.ours.toFixed(0), storage.exact.toFixed(0), 1]] : []),
        ['edit: one among all, one among ten', ms(edits, ours), ms(edits, anchor), edits.length],
      ],
    ),
    '',
    ...(large && memoryMb
      ? [
          `Import of all ${count}: ${seconds(large.totalMs)} (sent in ${seconds(large.uploadMs)}), ${Math.round(count / (large.totalMs / 1000))} rows/s, progress told ${large.steps} times; the server had at most ${memoryMb.before} MB before and ${memoryMb.after} MB after.`,
        ]
      : []),
    ...(boxes
      ? [
          `Import of ${boxes.created} boxes: ${seconds(boxes.totalMs)}, ${Math.round(boxes.created / (boxes.totalMs / 1000))} rows/s.`,
        ]
      : []),
    ...(storage
      ? [
          `Bytes by table: ${Object.entries(storage.tables)
            .map(([name, bytes]) => `${name} ${bytes.toFixed(0)}`)
            .join(', ')}.`,
        ]
      : []),
    '',
    goalsTable(goalsOf(result)),
    '',
    'Left out: R3 (a model of the original’s jsonb filter).',
  ].join('\n');
}
