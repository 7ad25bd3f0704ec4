import { SoundError } from './errors.ts';
import type { PaletteKind } from './palette.ts';
import type { FrequencyAxis, ScaleKind } from './scale.ts';
import type { WindowKind } from './window.ts';

/** How a spectrogram is wished. */
export interface SpectrogramWish {
  /** Samples in a window, a power of two. */
  readonly windowSize: number;
  readonly window: WindowKind;
  /** Share that neighbouring windows have in common, 0 ≤ overlap < 1. More is taken where columns are closer than that. */
  readonly overlap: number;
  readonly scale: ScaleKind;
  /** 0: the lowest that the window resolves. */
  readonly fMinHz: number;
  /** 0: half the sample rate. */
  readonly fMaxHz: number;
  /** 0: chosen by {@link planSpectrogram}. */
  readonly secondsPerPixel: number;
  /** Height, a power of two. */
  readonly rows: number;
  /** Levels of the first and the last colour, dB of a full-scale sine. */
  readonly minDb: number;
  readonly maxDb: number;
  readonly palette: PaletteKind;
  /** From 0; −1: the mean of all. */
  readonly channel: number;
}

/** What is known of a recording before it is decoded. */
export interface SoundFacts {
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationS: number;
}

/** A spectrogram that can be made. */
export interface SpectrogramPlan extends FrequencyAxis {
  readonly sampleRate: number;
  readonly windowSize: number;
  readonly window: WindowKind;
  readonly secondsPerPixel: number;
  /** Windows whose power is averaged in one column, ≥ 1. */
  readonly framesPerPixel: number;
  /** Width in pixels for the duration that was stated. */
  readonly columns: number;
  readonly minDb: number;
  readonly maxDb: number;
}

const USUAL_SECONDS_PER_PIXEL = 0.01;
/** So that a cry of a second fills a screen. */
const FEWEST_COLUMNS = 1500;
const MOST_COLUMNS = 2 ** 22;
/** The smallest level of a pyramid is at least one pixel high and at most this wide. */
const SMALLEST_LEVEL_WIDTH = 8192;

/** Columns that a picture of this height may have. */
export const mostColumns = (rows: number): number => Math.min(MOST_COLUMNS, rows * SMALLEST_LEVEL_WIDTH);

/**
 * Fits a wish for many recordings (the settings of a project) to one: what goes beyond it is taken back.
 *
 * @returns the wish, and a sentence for each thing that was changed
 */
export function fitWish<W extends SpectrogramWish>(
  wish: W,
  facts: SoundFacts,
): { readonly wish: W; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const fitted: { -readonly [K in keyof SpectrogramWish]: SpectrogramWish[K] } = { ...wish };
  const most = facts.sampleRate / 2;
  if (wish.fMaxHz > most) {
    fitted.fMaxHz = 0;
    notes.push(`Shown up to ${most} Hz, half the sample rate, and not to ${wish.fMaxHz} Hz.`);
  }
  if (wish.fMinHz >= (fitted.fMaxHz || most)) {
    fitted.fMinHz = 0;
    notes.push(`Shown from the lowest frequency on: the recording has nothing above ${wish.fMinHz} Hz.`);
  }
  const resolution = facts.sampleRate / wish.windowSize;
  if ((fitted.fMaxHz || most) - fitted.fMinHz < resolution) {
    fitted.fMinHz = 0;
    fitted.fMaxHz = 0;
    notes.push(
      `All frequencies are shown: the window resolves ${round(resolution)} Hz, more than the band that was asked for.`,
    );
  }
  if (wish.channel >= facts.channels) {
    fitted.channel = -1;
    notes.push(`There is no channel ${wish.channel + 1}: the mean of ${facts.channels} is shown.`);
  }
  const finest = facts.durationS / mostColumns(wish.rows);
  if (wish.secondsPerPixel > 0 && (wish.secondsPerPixel < finest || wish.secondsPerPixel * facts.sampleRate < 1)) {
    fitted.secondsPerPixel = 0;
    notes.push(`${wish.secondsPerPixel} seconds a pixel do not fit a recording of this length and sample rate.`);
  }
  return { wish: { ...wish, ...fitted }, notes };
}

/**
 * Works out what a wish comes to for a recording.
 *
 * Where `secondsPerPixel` is 0: 10 ms, or one step of the window where that is shorter, or a 1500th of a short recording; longer where there
 * would be too many columns.
 *
 * @throws SoundError `SOUND_PARAMETERS` with the field, its value and what is possible
 */
export function planSpectrogram(
  wish: SpectrogramWish,
  { sampleRate, channels, durationS }: SoundFacts,
): SpectrogramPlan {
  const { windowSize, overlap, scale, rows, minDb, maxDb, channel } = wish;
  refuseUnless(
    isPowerOfTwo(windowSize) && windowSize >= 16,
    'windowSize',
    windowSize,
    'it has to be a power of two from 16 on.',
  );
  refuseUnless(isPowerOfTwo(rows) && rows >= 16, 'rows', rows, 'it has to be a power of two from 16 on.');
  refuseUnless(overlap >= 0 && overlap < 1, 'overlap', overlap, 'it has to be from 0 to below 1.');
  refuseUnless(maxDb - minDb >= 1, 'maxDb', maxDb, `it has to be at least 1 dB above minDb (${minDb}).`);
  refuseUnless(
    channel < channels,
    'channel',
    channel,
    `the recording has ${channels}; the first one is 0, and -1 the mean of all.`,
  );

  const nyquist = sampleRate / 2;
  const resolution = sampleRate / windowSize;
  const fMaxHz = wish.fMaxHz || nyquist;
  const fMinHz = wish.fMinHz || (scale === 'log' ? resolution : 0);
  refuseUnless(
    fMaxHz <= nyquist,
    'fMaxHz',
    fMaxHz,
    `the sample rate is ${sampleRate} Hz, so there is nothing above ${nyquist} Hz.`,
  );
  refuseUnless(
    fMaxHz - fMinHz >= resolution,
    'fMinHz',
    fMinHz,
    `at least ${round(resolution)} Hz, what a window of ${windowSize} samples resolves, have to lie between it and fMaxHz (${fMaxHz}).`,
  );

  const most = mostColumns(rows);
  const step = (windowSize * (1 - overlap)) / sampleRate;
  const chosen = Math.max(
    Math.min(USUAL_SECONDS_PER_PIXEL, step, durationS / FEWEST_COLUMNS),
    windowSize / sampleRate / 16,
    1 / sampleRate,
    durationS / most,
  );
  const secondsPerPixel = wish.secondsPerPixel || chosen;
  refuseUnless(
    secondsPerPixel * sampleRate >= 1,
    'secondsPerPixel',
    secondsPerPixel,
    `a column has to hold at least one sample, ${1 / sampleRate} s.`,
  );
  const columns = Math.max(1, Math.ceil(durationS / secondsPerPixel - 1e-6));
  refuseUnless(
    columns <= most,
    'secondsPerPixel',
    secondsPerPixel,
    `${round(durationS)} s would be ${columns} pixels wide, and ${most} are possible at this height. Take at least ${round(durationS / most)}.`,
  );
  return {
    sampleRate,
    windowSize,
    window: wish.window,
    scale,
    fMinHz,
    fMaxHz,
    rows,
    secondsPerPixel,
    framesPerPixel: Math.max(1, Math.ceil(secondsPerPixel / step - 1e-6)),
    columns,
    minDb,
    maxDb,
  };
}

function refuseUnless(holds: boolean, field: keyof SpectrogramWish, value: number, problem: string): void {
  if (!holds) throw new SoundError('SOUND_PARAMETERS', `${field} cannot be ${value}: ${problem}`, { field });
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));
const round = (value: number): number => Number(value.toPrecision(4));
