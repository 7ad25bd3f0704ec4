export const SOUND_FORMATS = ['wav', 'flac', 'mp3', 'ogg-vorbis', 'ogg-opus'] as const;
export type SoundFormat = (typeof SOUND_FORMATS)[number];

/** A sound that was opened: its headers are read, its samples not yet. */
export interface Sound {
  readonly format: SoundFormat;
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
  /** Absent for formats that do not store samples. */
  readonly bitsPerSample?: number;
  /** As the file states it, or as found by walking through it; absent where only decoding tells. */
  readonly durationS?: number;
  /**
   * Decodes from the start: blocks of at most 2^17 samples, one array of equal length a channel, full scale −1…1. Stops where nothing more
   * can be read; `notes` says so then. Each call begins anew.
   *
   * @throws SoundError when there is nothing to be read at all
   */
  blocks(signal?: AbortSignal): AsyncGenerator<readonly Float32Array[], void>;
  /** Sentences about what is wrong with the file though it can be read: filled by opening and by `blocks`. */
  readonly notes: readonly string[];
  /**
   * The file without what it tells beside the sound (names, places, pictures): these bytes, then those of the file from `from` to before
   * `to`. It plays as the file does.
   */
  readonly bare: { readonly head: Uint8Array; readonly from: number; readonly to: number };
}

/** Rates from infrasound to bats, and room above. */
export const RATES = { min: 100, max: 2_000_000 } as const;
export const MAX_CHANNELS = 64;
/** Samples of one channel in a block. */
export const BLOCK_SAMPLES = 65_536;
