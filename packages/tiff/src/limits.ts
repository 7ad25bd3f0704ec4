/**
 * Bounds on what a file may ask for. They are far above every slide known to us, and low enough that a hostile file
 * costs neither memory nor time: tables of the largest allowed image take 48 MB, those of a file 96 MB.
 */
export const LIMITS = {
  /** Width and height of an image, in pixels: 2^20 is 26 cm at 0.25 µm per pixel. */
  side: 2 ** 20,
  /** Tiles or strips of one image. */
  chunks: 4_000_000,
  /** Tiles or strips of all images of a file together: the largest pyramid and its levels need 5.4 million. */
  fileChunks: 8_000_000,
  /** Directories of a file, sub-directories included. */
  directories: 512,
  /** Entries of one directory. */
  entries: 1024,
  /** Levels of one pyramid. */
  levels: 16,
  /** Bytes of one stored tile, and of one tile put together from pieces. */
  tileBytes: 16 * 1024 * 1024,
  /** Pixels of one tile: 4096 × 4096. */
  tilePixels: 2 ** 24,
  /** Bytes of one value that is not a tile table (descriptions, JPEG tables, colour maps). */
  valueBytes: 4 * 1024 * 1024,
  /** Bytes read for directories and small values; a file that needs more scatters them to make the reader work. */
  directoryBytes: 64 * 1024 * 1024,
  /** Bytes of a JPEG strip that is searched for restart markers when it has no table of them. */
  scanBytes: 256 * 1024 * 1024,
} as const;
