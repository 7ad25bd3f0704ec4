import { goalsTable, judge, markdownTable, showInterval, type GoalResult } from '../goals.ts';
import { bootstrapMedian, median } from '../statistics.ts';
import type { AppRound } from './app.ts';
import { CASES, spread, type Case, type PageRound } from './page.ts';

type Pages = ReadonlyMap<Case, readonly PageRound[]>;

/** Goals B1–B4 of issue 3 by rounds of one call: ratios of what was measured in the same round. */
export function goalsOf(pages: Pages, program: readonly AppRound[]): readonly GoalResult[] {
  const of = (name: Case): readonly PageRound[] => pages.get(name) ?? [];
  const paper = of('paper 10k');
  const ratio = (ours: (round: PageRound) => number, theirs: (round: PageRound) => number): number[] =>
    of('ours 10k')
      .flatMap((round, i) => (paper[i] ? [ours(round) / theirs(paper[i])] : []))
      .filter((value) => !Number.isNaN(value)); // not measured
  const most = (
    id: string,
    what: string,
    must: number,
    aim: number,
    values: readonly number[],
    unit = '',
  ): GoalResult => judge({ id, what, side: 'most', must, aim, unit }, values);
  const own = (name: Case, view: 'overview' | 'zoomed'): number[] => of(name).map((round) => median(round[view].draws));
  return [
    most(
      'B1',
      'whole picture, 10,000 polygons in view, of paper.js',
      0.15,
      0.07,
      ratio(
        (r) => r.overview.whole,
        (r) => r.overview.whole,
      ),
    ),
    most(
      'B2',
      'the same zoomed in',
      0.03,
      0.01,
      ratio(
        (r) => r.zoomed.whole,
        (r) => r.zoomed.whole,
      ),
    ),
    most('B3', 'drawing in a frame, 100,000 polygons zoomed in', 16.7, 4, own('ours 100k', 'zoomed'), ' ms'),
    most('B3', 'drawing in a frame, 1,000,000 in overview', 16.7, 4, own('ours 1M counts', 'overview'), ' ms'),
    most('B3', 'drawing in a frame, 300,000 marks in view', 16.7, 8, own('ours 300k marks', 'overview'), ' ms'),
    most(
      'B4',
      '10,000 polygons loaded, time of paper.js',
      0.125,
      0.05,
      ratio(
        (r) => r.loadMs ?? NaN,
        (r) => r.loadMs ?? NaN,
      ),
    ),
    most(
      'B4',
      '10,000 polygons loaded, memory of paper.js',
      0.1,
      0.05,
      ratio(
        (r) => r.heapMb ?? NaN,
        (r) => r.heapMb ?? NaN,
      ),
    ),
    most(
      'B5',
      'first view of an opened slide',
      300,
      150,
      program.map((round) => round.firstView),
      ' ms',
    ),
  ];
}

export function report(pages: Pages, program: readonly AppRound[]): string {
  const all = (name: Case, view: 'overview' | 'zoomed', what: 'frames' | 'draws'): readonly number[] =>
    (pages.get(name) ?? []).flatMap((round) => round[view][what]);
  const whole = (name: Case, view: 'overview' | 'zoomed'): string =>
    wholeTime(median((pages.get(name) ?? []).map((round) => round[view].whole)));
  const rows = CASES.filter((name) => (pages.get(name) ?? []).length > 0).map((name) => [
    name,
    ...(['overview', 'zoomed'] as const).flatMap((view) => [
      spread(all(name, view, 'frames')),
      name === 'null' ? '–' : spread(all(name, view, 'draws')),
      name === 'null' ? '–' : whole(name, view),
    ]),
  ]);
  const head = ['page', 'overview: frame', 'drawing', 'whole', 'zoomed in: frame', 'drawing', 'whole'];
  const times = (['firstView', 'draw', 'edit', 'undo'] as const).map((name) => [
    name,
    program.length === 0 ? '–' : showInterval(bootstrapMedian(program.map((round) => round[name]))),
  ]);
  return [
    goalsTable(goalsOf(pages, program)),
    'Milliseconds, p50 / p95 of all frames; "whole": one picture however long it takes, median.',
    markdownTable(head, rows),
    'In the running program among a million, ms to the frame that shows it:',
    markdownTable(['what', 'median {95 %}'], times),
  ].join('\n\n');
}

const wholeTime = (ms: number): string => (Number.isNaN(ms) ? '–' : ms.toFixed(1));
