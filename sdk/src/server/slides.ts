import type { Axes } from '../contract/images.ts';

/** Level of an image as stored, largest first. `downsample` is level-0 pixels for one pixel of this level. */
export interface SlideLevel {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly downsample: number;
}

/** Which plane of a stack, series or multi-channel image. All from 0. */
export interface Plane {
  readonly z: number;
  readonly t: number;
  readonly c: number;
}

export interface SlideInfo {
  /** Size of level 0 in pixels. */
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
  /** Micrometres for one level-0 pixel. Absent when the file does not say: never guessed. */
  readonly mppX?: number;
  readonly mppY?: number;
  /** Where the axes are no lengths (spectrograms): such an image has no `mppX` and `mppY`. */
  readonly axes?: Axes;
  /** Magnification of the objective as the file states it. */
  readonly objective?: number;
  readonly planes: { readonly z: number; readonly t: number; readonly c: number };
  /** Short name of the format, for example `aperio`, `hamamatsu`, `tiff`. */
  readonly vendor: string;
  /** Names of pictures that come with the slide (`label`, `macro`, `thumbnail`). They may show names: not served by default. */
  readonly associated: readonly string[];
  /** True when the levels are missing or too coarse for viewing, so that the image has to be converted first. */
  readonly needsPyramid?: boolean;
}

/** A tile as bytes that a browser can show, untouched from the file where possible. */
export interface EncodedTile {
  readonly bytes: Uint8Array;
  readonly mediaType: 'image/jpeg' | 'image/png' | 'image/webp';
}

/**
 * A tile whose stored form no browser shows. The platform decodes it in a separate process with the named decoder and keeps
 * the result; `bytes` is the stored, still compressed data.
 */
export interface RawTile {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly decode: TileDecode;
}

export interface TileDecode {
  readonly compression: 'none' | 'lzw' | 'deflate' | 'packbits' | 'zstd' | 'jp2k' | 'webp' | 'jpeg';
  readonly samplesPerPixel: number;
  readonly bitsPerSample: number;
  /** Sample format as in TIFF: 1 unsigned, 2 signed, 3 float. */
  readonly sampleFormat: number;
  /** Photometric interpretation as in TIFF: 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 6 YCbCr. */
  readonly photometric: number;
  readonly predictor: number;
  readonly littleEndian: boolean;
  /** For planar images: one buffer a sample, in order; `bytes` is then the first. */
  readonly planar?: readonly Uint8Array[];
  readonly palette?: readonly number[];
  /** Windowing of samples above 8 bits: the values shown black and white. */
  readonly range?: readonly [number, number];
}

/**
 * Where a stored JPEG tile stands in the file and what makes it a picture of its own: `length` bytes of the file at `offset`
 * go to position `prefix.length - skip` of a buffer, then `prefix` to position 0, which covers the first `skip` of them.
 */
export interface StoredTileLocation {
  readonly offset: number;
  readonly length: number;
  readonly prefix: Uint8Array;
  /** At most `prefix.length`. */
  readonly skip: number;
}

/** Answer of `slides.open` for a file that is the plugin's own but cannot be read. It is no failure of the plugin. */
export interface SlideRefusal {
  readonly refused: {
    /** Stable, for programs: `TRUNCATED_FILE`, `UNSUPPORTED_COMPRESSION`, … */
    readonly code: string;
    /** A sentence for the person who has to do something about the file. */
    readonly message: string;
  };
}

/**
 * One open slide. Safe to use from many requests at once; the platform opens a file once per process and closes readers
 * that have not been used for a while.
 */
export interface SlideReader {
  readonly info: SlideInfo;
  /**
   * Gives one stored tile.
   *
   * @param level - index into `info.levels`
   * @param col   - column of the tile grid of that level
   * @param row   - row of the tile grid of that level
   * @returns nothing where the file holds no data for that tile (sparse slides)
   * @throws SlideError with a code (`TRUNCATED_FILE`, `UNSUPPORTED_COMPRESSION`, …)
   */
  tile(
    level: number,
    col: number,
    row: number,
    plane: Plane,
    signal?: AbortSignal,
  ): Promise<EncodedTile | RawTile | undefined>;
  /**
   * Tells where a tile of the first plane stands, when it is stored as JPEG: the platform then sends it with one read.
   * Synchronous and cheap.
   *
   * @returns nothing where the tile is not stored or not so: ask {@link tile} then
   */
  jpegTileLocation?(level: number, col: number, row: number): StoredTileLocation | undefined;
  /** One of `info.associated`, as stored or raw. */
  associated?(name: string, signal?: AbortSignal): Promise<EncodedTile | RawTile | undefined>;
  close(): Promise<void>;
}

/** What a format plugin is given to look at a file. */
export interface OpenInput {
  /** The first 64 KiB, or the whole file when it is shorter. */
  readonly head: Uint8Array;
  /** The name it was uploaded under. A hint at best: formats are told by content. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Reads `length` bytes at `offset`; the answer is shorter only at the end of the file. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Absolute path of the file where storage is a folder; absent on object storage. For decoders in native code that cannot
   * read through `read`.
   */
  readonly path?: string;
}
