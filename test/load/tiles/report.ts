import { bootstrapMedian, type Interval, median } from '../statistics.ts';
import type { Series, Slice, TilesResult } from './measure.ts';

export interface GoalResult {
  readonly id: string;
  readonly what: string;
  readonly value: Interval | undefined;
  readonly must: string;
  readonly aim: string;
  readonly verdict: 'met' | 'aim met' | 'NOT MET' | 'left out' | 'not sure: too wide, measure again';
}

/** An interval wider than this is measured again, says the method. */
const WIDEST = 1.4;

/** What is asked of tiles. Ratios are of ours to the other, slice by slice. A goal is met when the worse end of the interval clears it. */
export function goalsOf({ series, firstTiles }: TilesResult): readonly GoalResult[] {
  const slices = (id: Series['id'], connections: number): readonly Slice[] =>
    series.find((one) => one.id === id && one.connections === connections)?.slices ?? [];
  const ratio = (id: Series['id'], connections: number, of: (slice: Slice) => number): Interval | undefined => {
    const [mine, others] = [slices('ours', connections), slices(id, connections)];
    return others.length === 0
      ? undefined
      : bootstrapMedian(mine.map((slice, index) => of(slice) / of(others[index] as Slice)));
  };
  const rate = ({ perSecond }: Slice): number => perSecond;
  const goal = (
    id: string,
    what: string,
    value: Interval | undefined,
    side: 'least' | 'most',
    must: number,
    aim: number,
    unit = '',
  ): GoalResult => {
    const sign = side === 'least' ? '≥' : '≤';
    const clears = (limit: number): boolean =>
      value !== undefined && (side === 'least' ? value.low >= limit : value.high <= limit);
    const verdict =
      value === undefined
        ? 'left out'
        : clears(aim)
          ? 'aim met'
          : clears(must)
            ? 'met'
            : value.high / value.low > WIDEST
              ? 'not sure: too wide, measure again'
              : 'NOT MET';
    return { id, what, value, must: `${sign} ${must}${unit}`, aim: `${sign} ${aim}${unit}`, verdict };
  };
  return [
    goal('T2', 'rate to iipsrv 1.1, 8 connections', ratio('iipsrv', 8, rate), 'least', 10, 19),
    goal('T4', 'rate to nginx with loose files, 8 connections', ratio('nginx', 8, rate), 'least', 0.13, 0.3),
    goal('T5', 'rate to node:http with a constant, 8 connections', ratio('constant', 8, rate), 'least', 0.22, 0.5),
    goal(
      'T6',
      'p50 to nginx, 1 connection',
      ratio('nginx', 1, ({ p50Us }) => p50Us),
      'most',
      2,
      1.3,
    ),
    goal(
      'I2',
      'last byte to first tile',
      firstTiles.length === 0 ? undefined : bootstrapMedian(firstTiles.map(({ totalMs }) => totalMs)),
      'most',
      250,
      50,
      ' ms',
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
        : interval(
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
    table(
      ['server', 'connections', 'slices', 'tiles/s (median)', 'ours : it {95 %}', 'CPU µs/tile', 'p50 / p99 ms'],
      rows,
    ),
    '',
    `First second of ours, tiles not asked before: ${Math.round(firstSlice)} tiles/s.`,
    `Last byte to first tile, ms, per upload: ${ms('totalMs')} (image there ${ms('importedMs')}, then tile ${ms('tileMs')}); copy and SHA-256 of the same bytes: ${ms('copyAndSumMs')}.`,
    '',
    table(
      ['goal', 'what', 'measured {95 %}', 'must', 'aim', 'verdict'],
      goalsOf(result).map(({ id, what, value, must, aim, verdict }) => [
        id,
        what,
        value ? interval(value) : '–',
        must,
        aim,
        verdict,
      ]),
    ),
    '',
    ...leftOut.map(({ title, reason }) => `Left out: ${title}: ${reason}.`),
    'Left out: T1 (needs a build of iipsrv 1.3; T2 and T5 stand in for it), T3 (needs the original EXACT).',
  ].join('\n');
}

const interval = ({ median: middle, low, high }: Interval): string =>
  `${short(middle)} {${short(low)}..${short(high)}}`;
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
