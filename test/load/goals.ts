import { bootstrapMedian, type Interval } from './statistics.ts';

/** Something that is asked of us, and what was measured of it. */
export interface GoalResult {
  readonly id: string;
  readonly what: string;
  readonly value: Interval | undefined;
  readonly must: string;
  readonly aim: string;
  readonly verdict: 'met' | 'aim met' | 'NOT MET' | 'left out' | 'not sure: too wide, measure again';
}

export interface GoalSpec {
  readonly id: string;
  readonly what: string;
  readonly side: 'least' | 'most';
  readonly must: number;
  readonly aim: number;
  readonly unit?: string;
}

/** An interval wider than this is measured again, says the method. */
const WIDEST = 1.4;

/** Judges a goal: it is met when the worse end of the 95 % interval of the median clears it. No values: it was left out. */
export function judge({ id, what, side, must, aim, unit = '' }: GoalSpec, values: readonly number[]): GoalResult {
  const value = values.length === 0 ? undefined : bootstrapMedian(values);
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
}

/** `median {low..high}` with three digits. */
export const showInterval = ({ median: middle, low, high }: Interval): string =>
  low === high ? showNumber(middle) : `${showNumber(middle)} {${showNumber(low)}..${showNumber(high)}}`;

export const showNumber = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Rows as Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const goalsTable = (goals: readonly GoalResult[]): string =>
  markdownTable(
    ['goal', 'what', 'measured {95 %}', 'must', 'aim', 'verdict'],
    goals.map(({ id, what, value, must, aim, verdict }) => [
      id,
      what,
      value ? showInterval(value) : '–',
      must,
      aim,
      verdict,
    ]),
  );
