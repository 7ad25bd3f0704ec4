import type { PaletteKind } from './picture/palettes.ts';

/** What a person likes, kept for them in each project. */
export interface Liking {
  playOnSelect: boolean;
  /** 0…1, before what makes files equally loud. */
  volume: number;
  /** Makes files equally loud by their loudness (ITU-R BS.1770), by their highest peak, or leaves them as they are. */
  level: Levelling;
  speed: number;
  isLooping: boolean;
  /** Waveform alone, or with the spectrogram below it. */
  showsSpectrogram: boolean;
  /** Frequencies from bottom to top of the spectrogram of a file. */
  scale: 'linear' | 'log' | 'mel';
  palette: PaletteKind;
  /** Of the spectrogram of a file, as loud as it is heard: what is darkest and what is brightest, in dB of full scale. */
  darkDb: number;
  brightDb: number;
  /** The part of a box on a recording's image is played without the frequencies outside of it. */
  isBandPassed: boolean;
  /** The image moves along with what is heard. */
  followsCursor: boolean;
  /** For films that do not tell how many pictures they have a second. */
  framesPerSecond: number;
}

export const LEVELLINGS = ['loudness', 'peak', 'off'] as const;
export type Levelling = (typeof LEVELLINGS)[number];
export const SCALES = ['linear', 'mel', 'log'] as const;

export const neutralLiking = (): Liking => ({
  playOnSelect: true,
  volume: 1,
  level: 'loudness',
  speed: 1,
  isLooping: false,
  showsSpectrogram: true,
  scale: 'linear',
  palette: 'viridis',
  darkDb: -70,
  brightDb: -15,
  isBandPassed: true,
  followsCursor: true,
  framesPerSecond: 25,
});
