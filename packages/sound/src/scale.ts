export const SCALE_KINDS = ['linear', 'log', 'mel'] as const;
export type ScaleKind = (typeof SCALE_KINDS)[number];

/** Mel after O'Shaughnessy 1987, "Speech Communication": 2595 · log10(1 + f/700). */
const hzToMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const melToHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Frequency to the even scale that the rows are cut from, and back. `log` is the natural logarithm of the frequency in Hz. */
export const WARPS: Readonly<Record<ScaleKind, { to(hz: number): number; from(value: number): number }>> = {
  linear: { to: (hz) => hz, from: (value) => value },
  log: { to: Math.log, from: Math.exp },
  mel: { to: hzToMel, from: melToHz },
};

export interface FrequencyAxis {
  readonly scale: ScaleKind;
  /** At the lower border of the picture; above 0 for `log`. */
  readonly fMinHz: number;
  /** At the upper border. */
  readonly fMaxHz: number;
  /** Height of the picture in pixels. */
  readonly rows: number;
}

/** Frequency at a height of the picture: `y` in level-0 pixels, 0 the upper border (`fMaxHz`), `rows` the lower one. */
export function frequencyAt({ scale, fMinHz, fMaxHz, rows }: FrequencyAxis, y: number): number {
  const { to, from } = WARPS[scale];
  const high = to(fMaxHz);
  return from(high + (y / rows) * (to(fMinHz) - high));
}

/** Height of a frequency in the picture, in level-0 pixels from the upper border; outside of it for frequencies that are not shown. */
export function heightOf({ scale, fMinHz, fMaxHz, rows }: FrequencyAxis, hz: number): number {
  const { to } = WARPS[scale];
  const high = to(fMaxHz);
  return ((to(Math.max(hz, scale === 'log' ? 1e-9 : 0)) - high) / (to(fMinHz) - high)) * rows;
}
