/** One stored level of a slide, as `Image.levels` gives it: sizes in pixels of that level. */
export interface GridLevel {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where the tiles of one level lie on the image. Levels have whatever ratios and tile sizes the scanner chose; each covers
 * the whole image, so positions are measured in shares of its width and height.
 *
 * Normalised coordinates are OpenSeadragon's: the image is 1 wide and height ÷ width high.
 */
export class TileGrid {
  readonly level: GridLevel;
  readonly columns: number;
  readonly rows: number;
  /** Pixels of this level for one normalised unit, along x and along y; they differ a little where sizes were rounded. */
  private readonly perUnitX: number;
  private readonly perUnitY: number;

  /** @param aspectRatio - width ÷ height of level 0 */
  constructor(level: GridLevel, aspectRatio: number) {
    this.level = level;
    this.columns = Math.max(1, Math.ceil(level.width / level.tileWidth));
    this.rows = Math.max(1, Math.ceil(level.height / level.tileHeight));
    this.perUnitX = level.width;
    this.perUnitY = level.height * aspectRatio;
  }

  /** Size of the part of a tile that shows image: stored tiles at the right and lower edge may be filled up to full size. */
  content(column: number, row: number): Rectangle {
    const { width, height, tileWidth, tileHeight } = this.level;
    return {
      x: 0,
      y: 0,
      width: Math.min(tileWidth, width - column * tileWidth),
      height: Math.min(tileHeight, height - row * tileHeight),
    };
  }

  /** Place of a tile, normalised. Neighbours share their border exactly: both compute it from the same numbers. */
  place(column: number, row: number): Rectangle {
    const { width, height, tileWidth, tileHeight } = this.level;
    const left = (column * tileWidth) / this.perUnitX;
    const top = (row * tileHeight) / this.perUnitY;
    const right = Math.min((column + 1) * tileWidth, width) / this.perUnitX;
    const bottom = Math.min((row + 1) * tileHeight, height) / this.perUnitY;
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** The tile at a normalised point; the far borders belong to the last tiles. */
  at(x: number, y: number): { readonly x: number; readonly y: number } {
    const { tileWidth, tileHeight } = this.level;
    return {
      x: clamp(Math.floor((x * this.perUnitX) / tileWidth), this.columns - 1),
      y: clamp(Math.floor((y * this.perUnitY) / tileHeight), this.rows - 1),
    };
  }
}

const clamp = (value: number, max: number): number => Math.min(max, Math.max(0, value));

/** Longest side of the thumbnail that the server makes. */
const THUMBNAIL_SIDE = 256;
/** From this many tiles on, the smallest stored level is too much to have on the screen at once. */
const MANY_TILES = 6;

/**
 * Size of the thumbnail when it is needed as a coarsest level: slides whose stored pyramid does not go far enough would load
 * hundreds of tiles for an overview. `undefined` where the smallest stored level is small enough.
 */
export function overviewLevel(levels: readonly GridLevel[]): GridLevel | undefined {
  const [largest] = levels;
  const smallest = levels.at(-1);
  if (!largest || !smallest) return undefined;
  const tiles = Math.ceil(smallest.width / smallest.tileWidth) * Math.ceil(smallest.height / smallest.tileHeight);
  const scale = THUMBNAIL_SIDE / Math.max(largest.width, largest.height);
  if (tiles < MANY_TILES || scale >= 1) return undefined;
  const width = Math.max(1, Math.round(largest.width * scale));
  const height = Math.max(1, Math.round(largest.height * scale));
  return width < smallest.width ? { width, height, tileWidth: width, tileHeight: height } : undefined;
}

/** So many tiles may be on the screen at once, for a screen of so many pixels. */
const TILE_BUDGET = 400;
const SCREEN_PX = 1_000_000;

/**
 * How small a pixel of a level may get on the screen before the next coarser level takes over. With the usual ratio of 2 or 4
 * it is half a screen pixel; with 16 between two levels that would show the coarser one eight times enlarged. So the finer one
 * is kept until the coarser one is enlarged twice, as far as the number of its tiles allows.
 *
 * @param levels - from the largest to the smallest that is shown, the overview included
 */
export function smallestPixelRatio(levels: readonly GridLevel[]): number {
  let smallest = 0.5;
  for (let i = 1; i < levels.length; i++) {
    const [finer, coarser] = [levels[i - 1], levels[i]];
    if (!finer || !coarser) continue;
    const { columns, rows } = new TileGrid(finer, finer.width / finer.height);
    const affordable =
      columns * rows <= TILE_BUDGET ? 0 : Math.sqrt(SCREEN_PX / (TILE_BUDGET * finer.tileWidth * finer.tileHeight));
    smallest = Math.min(smallest, Math.max((2 * coarser.width) / finer.width, affordable));
  }
  return smallest;
}
