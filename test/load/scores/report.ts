import { goalsTable, judge, type GoalResult } from '../goals.ts';
import { type PanelRound, quantile, spread } from './panel.ts';
import type { ProgramResult } from './program.ts';

/** Goals of the live score; ratios are of what was measured in the same round. */
export function goalsOf(panel: readonly PanelRound[], program: ProgramResult | undefined): readonly GoalResult[] {
  const p95 = (values: readonly number[]): number => quantile(values, 0.95);
  return [
    judge(
      { id: 'S1', what: 'score in the page after a new view, p95', side: 'most', must: 16, aim: 4, unit: ' ms' },
      panel.map(({ ours }) => p95(ours)),
    ),
    judge(
      { id: 'S2', what: 'its median, of that with plain filtering of objects', side: 'most', must: 1, aim: 0.7 },
      panel.map(({ ours, filtering }) => quantile(ours, 0.5) / quantile(filtering, 0.5)),
    ),
    judge(
      { id: 'S3', what: 'views in which browser and plain filtering differ', side: 'most', must: 0, aim: 0 },
      panel.map(({ unequal }) => unequal),
    ),
    judge(
      { id: 'S4', what: 'views in which browser and server differ', side: 'most', must: 0, aim: 0 },
      program ? [program.unequal.length] : [],
    ),
  ];
}

export function report(panel: readonly PanelRound[], program: ProgramResult | undefined): string {
  const all = (of: (round: PanelRound) => readonly number[]): string => spread(panel.flatMap(of));
  return [
    ...(panel.length > 0
      ? [
          `From a new view to the score in the page, laid out (p50 / p95 ms): ours ${all((r) => r.ours)}, plain filtering ${all((r) => r.filtering)}.`,
        ]
      : []),
    ...(program
      ? [
          `In the program: score of the slide ${program.firstMs.toFixed(0)} ms after the page was asked for; while panning by mouse, from the beginning of a frame ` +
            `to its score, with tiles and annotations drawn (p50 / p95 ms): ${spread(program.frames)}, ${program.frames.length} frames. ` +
            `${program.views} views compared with the server, ${program.unequal.length} differ.`,
          ...program.unequal.slice(0, 5),
        ]
      : []),
    goalsTable(goalsOf(panel, program)),
  ].join('\n\n');
}
