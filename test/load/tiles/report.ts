import { type GoalResult, goalsTable, judge, markdownTable, showInterval } from '../goals.ts';
import { bootstrapMedian, median } from '../statistics.ts';
import type { Series, Slice, TilesResult } from './measure.ts';

/** What is asked of tiles. Ratios are of ours to the other, slice by slice. A goal is met when the worse end of the interval clears it. */
export function goalsOf({ series, firstTiles }: TilesResult): readonly GoalResult[] {
  const slices = (id: Series['id'], connections: number): readonly Slice[] =>
    series.find((one) => one.id === id && one.connections === connections)?.slices ?? [];
  const ratios = (id: Series['id'], connections: number, of: (slice: Slice) => number): number[] => {
    const [mine, others] = [slices('ours', connections), slices(id, connections)];
    return others.length === 0 ? [] : mine.map((slice, index) => of(slice) / of(others[index] as Slice));
  };
  const rate = ({ perSecond }: Slice): number => perSecond;
  return [
    judge(
      { id: 'T2', what: 'rate to iipsrv 1.1, 8 connections', side: 'least', must: 10, aim: 19 },
      ratios('iipsrv', 8, rate),
    ),
    judge(
      { id: 'T4', what: 'rate to nginx with loose files, 8 connections', side: 'least', must: 0.13, aim: 0.3 },
      ratios('nginx', 8, rate),
    ),
    judge(
      { id: 'T5', what: 'rate to node:http with a constant, 8 connections', side: 'least', must: 0.22, aim: 0.5 },
      ratios('constant', 8, rate),
    ),
    judge(
      { id: 'T6', what: 'p50 to nginx, 1 connection', side: 'most', must: 2, aim: 1.3 },
      ratios('nginx', 1, ({ p50Us }) => p50Us),
    ),
    judge(
      { id: 'I2', what: 'last byte to first tile', side: 'most', must: 250, aim: 50, unit: ' ms' },
      firstTiles.map(({ totalMs }) => totalMs),
    ),
  ];
}

/** The result as Markdown. */
export function report(result: TilesResult): string {
  const { slide, series, firstTiles, leftOut, firstSlice } = result;
  const middle = (slices: readonly Slice[], of: (slice: Slice) => number): number => median(slices.map(of));
  const ours = (connections: number): readonly Slice[] =>
    series.find((one) => one.id === 'ours' && one.connections === connections)?.slices ?? [];
  const rows = series.map(({ id, title, connections, slices }) => {
    const against =
      id === 'ours'
        ? '1'
        : showInterval(
            bootstrapMedian(
              ours(connections).map((slice, index) => slice.perSecond / (slices[index]?.perSecond ?? NaN)),
            ),
          );
    return [
      title,
      connections,
      slices.length,
      Math.round(middle(slices, ({ perSecond }) => perSecond)),
      against,
      Math.round(middle(slices, ({ cpuUsPerTile }) => cpuUsPerTile)),
      `${(middle(slices, ({ p50Us }) => p50Us) / 1000).toFixed(2)} / ${(middle(slices, ({ p99Us }) => p99Us) / 1000).toFixed(2)}`,
    ];
  });
  const ms = (of: keyof (typeof firstTiles)[number]): string => firstTiles.map((one) => one[of].toFixed(0)).join(', ');
  return [
    `Slide: ${slide.sidePx} × ${slide.sidePx} px, ${slide.tiles} tiles, ${(slide.sizeBytes / 1e6).toFixed(1)} MB. One run, servers in turns, 1 s a slice.`,
    '',
    markdownTable(
      ['server', 'connections', 'slices', 'tiles/s (median)', 'ours : it {95 %}', 'CPU µs/tile', 'p50 / p99 ms'],
      rows,
    ),
    '',
    `First second of ours, tiles not asked before: ${Math.round(firstSlice)} tiles/s.`,
    `Last byte to first tile, ms, per upload: ${ms('totalMs')} (image there ${ms('importedMs')}, then tile ${ms('tileMs')}); copy and SHA-256 of the same bytes: ${ms('copyAndSumMs')}.`,
    '',
    goalsTable(goalsOf(result)),
    '',
    ...leftOut.map(({ title, reason }) => `Left out: ${title}: ${reason}.`),
    'Left out: T1 (needs a build of iipsrv 1.3; T2 and T5 stand in for it), T3 (needs the original EXACT).',
  ].join('\n');
}
