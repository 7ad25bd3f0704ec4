/** What of a recording is drawn, in seconds. */
export interface TimeWindow {
  readonly fromS: number;
  readonly toS: number;
}

/** Longer recordings are shown from their beginning, so that their first picture does not wait for all of the file. */
export const FIRST_S = 60;
/** A few hundred samples across the screen: more is no sound any more, but a line. */
const CLOSEST_S = 0.02;

export const firstWindow = (durationS: number): TimeWindow => ({ fromS: 0, toS: Math.min(durationS, FIRST_S) });

/** A window of a length about a place, moved in where it would leave the recording. */
export function windowAbout(timeS: number, lengthS: number, durationS: number): TimeWindow {
  const length = Math.min(durationS, Math.max(Math.min(CLOSEST_S, durationS), lengthS));
  const fromS = Math.max(0, Math.min(durationS - length, timeS - length / 2));
  return { fromS, toS: fromS + length };
}

/**
 * Shows more (factor > 1) or less; what is at `timeS` stays where it is on the screen.
 */
export function zoomed({ fromS, toS }: TimeWindow, factor: number, timeS: number, durationS: number): TimeWindow {
  const length = Math.min(durationS, Math.max(Math.min(CLOSEST_S, durationS), (toS - fromS) * factor));
  const share = (Math.max(fromS, Math.min(toS, timeS)) - fromS) / (toS - fromS);
  const from = Math.max(0, Math.min(durationS - length, timeS - share * length));
  return { fromS: from, toS: from + length };
}

/** Turns the page when the cursor has left it; else the window as it is. */
export function following(window: TimeWindow, timeS: number, durationS: number): TimeWindow {
  const { fromS, toS } = window;
  if (timeS >= fromS && timeS < toS) return window;
  const length = toS - fromS;
  // a tenth of what was before stays in sight
  const from = Math.max(0, Math.min(durationS - length, timeS - length * 0.1));
  return from === fromS ? window : { fromS: from, toS: from + length };
}

export const isAll = ({ fromS, toS }: TimeWindow, durationS: number): boolean => fromS <= 0 && toS >= durationS;

/** Round steps for marks on an axis: about `count` of them over a span. */
export function niceStep(span: number, count: number): number {
  if (!(span > 0)) return 1;
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10;
  return step * power;
}

/** Steps that a clock has. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 36_000];

/** The same for a time in seconds: above a second as clocks are divided. */
export function niceTimeStep(spanS: number, count: number): number {
  const rough = spanS / Math.max(1, count);
  return rough < 1 ? niceStep(spanS, count) : (CLOCK_STEPS.find((step) => step >= rough) ?? niceStep(spanS, count));
}

/** Multiples of a step within a span, both ends included. */
export function marksOf(from: number, to: number, step: number): number[] {
  const marks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i += 1) marks.push(i * step);
  return marks;
}
