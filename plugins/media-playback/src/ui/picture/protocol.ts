/** What the page and the worker that reads sounds say to each other. */

/** Where a sound is: an address that answers ranges, and how many bytes there are. */
export interface SoundSource {
  readonly url: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/**
 * Packed sounds are decoded from their beginning, and MP3 has to be walked through even for its length: hours of it are left to the
 * server, which keeps their waveform.
 */
export const isLargePacked = ({ mediaType, sizeBytes }: SoundSource): boolean =>
  mediaType !== 'audio/wav' && sizeBytes > 24_000_000;

export interface SoundFacts {
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationS: number;
}

/** How a stretch of sound is to be drawn. */
export interface PictureRequest {
  readonly fromS: number;
  readonly toS: number;
  /** Pixels across. */
  readonly columns: number;
  /** Pixels of the spectrogram upwards; 0 for the waveform alone. */
  readonly rows: number;
  readonly scale: 'linear' | 'log' | 'mel';
  /** Samples of one spectrum: a power of two. More tell frequencies apart better, fewer moments. */
  readonly windowSize: number;
}

/** Some columns of the picture. */
export interface Strip {
  readonly column: number;
  readonly count: number;
  /** Lowest and highest sample of each column, −1…1; of all channels together. */
  readonly low: Float32Array<ArrayBuffer>;
  readonly high: Float32Array<ArrayBuffer>;
  /** Row by row from the highest frequency, `count` values a row: {@link levelOf}. */
  readonly levels: Uint8Array<ArrayBuffer>;
}

export interface Measured {
  /** Highest sample, 0…; 0 for silence. */
  readonly peak: number;
  /** Integrated loudness in LUFS (ITU-R BS.1770-5); nothing below −70 LUFS, where the norm hears silence. */
  readonly lufs: number | undefined;
  /** How much of the sound was listened to. */
  readonly measuredS: number;
}

export type Ask =
  | { readonly id: number; readonly op: 'facts'; readonly source: SoundSource }
  | { readonly id: number; readonly op: 'picture'; readonly source: SoundSource; readonly request: PictureRequest }
  | { readonly id: number; readonly op: 'measure'; readonly source: SoundSource; readonly atMostS: number }
  /** Samples that the browser has decoded, of a kind that the worker cannot. */
  | {
      readonly id: number;
      readonly op: 'hold';
      readonly source: SoundSource;
      readonly sampleRate: number;
      readonly channels: readonly Float32Array<ArrayBuffer>[];
    }
  | { readonly id: number; readonly op: 'stop' };

export type Answer =
  | { readonly id: number; readonly op: 'facts'; readonly facts: SoundFacts }
  | { readonly id: number; readonly op: 'strip'; readonly strip: Strip }
  | { readonly id: number; readonly op: 'measured'; readonly measured: Measured }
  | { readonly id: number; readonly op: 'done' }
  | { readonly id: number; readonly op: 'failed'; readonly problem: SoundProblem; readonly message: string };

/**
 * Why there is no picture. `gone`: the address has ended · `broken`: the file · `unknown`: a kind of sound that is played and not
 * drawn · `unreachable`: no answer.
 */
export type SoundProblem = 'gone' | 'broken' | 'unknown' | 'unreachable';

/** Steps of loudness in a picture: half a decibel each, from −127.5 dB up to full scale. */
export const LEVELS_PER_DB = 2;
export const levelOf = (db: number): number => {
  const level = 255 + db * LEVELS_PER_DB;
  return level > 0 ? (level < 255 ? level : 255) : 0; // NaN and −Infinity are silence
};
export const dbOfLevel = (level: number): number => (level - 255) / LEVELS_PER_DB;
