import { type PaletteKind, paletteTable } from '@exact/sound';
import sharp from 'sharp';
import { createPyramidFile, TILE } from './pyramid-tiff.ts';

/** Colours at full resolution and little loss: thin bright lines are what people look for. */
const JPEG = { quality: 90, chromaSubsampling: '4:4:4' } as const;
/** Tiles that are encoded at the same time. */
const BATCH = 8;

/** A picture that grows to the right, as a tiled pyramid on disk; memory does not grow with it. */
export interface GrowingPyramid {
  /** Adds a column: a level 0 … 255 for each row, copied. */
  add(column: Uint8Array): void;
  /** Writes what is complete; call it now and then. */
  drain(): Promise<void>;
  /** Completes the file. @returns width in pixels */
  finish(): Promise<number>;
  close(): Promise<void>;
}

interface Stage {
  readonly height: number;
  width: number;
  /** Columns of the tile that is being filled, one after the other. */
  readonly columns: Uint8Array;
  filled: number;
  /** The column that waits for its neighbour, to become one of the next level. */
  waiting: Uint8Array | undefined;
}

sharp.cache(false);

/**
 * Begins a pyramid: each level is half of the one before in both directions, the mean of four pixels, until it fits into a tile or is one pixel
 * high. Colours are put on at the end, so that means are those of levels.
 *
 * @param rows - height, a power of two: each level then has exactly half of the one before
 */
export async function createPyramid(path: string, rows: number, palette: PaletteKind): Promise<GrowingPyramid> {
  const file = await createPyramidFile(path);
  const colours = paletteTable(palette);
  const stages: Stage[] = [];
  let ready: { level: number; height: number; row: number; pixels: Buffer }[] = [];

  function stageAt(level: number): Stage {
    const height = rows >> level;
    return (stages[level] ??= {
      height,
      width: 0,
      columns: new Uint8Array(TILE * height),
      filled: 0,
      waiting: undefined,
    });
  }

  function addTo(level: number, column: Uint8Array): void {
    const stage = stageAt(level);
    stage.columns.set(column, stage.filled * stage.height);
    stage.filled += 1;
    stage.width += 1;
    if (stage.filled === TILE) cut(level, stage);
    if (stage.height === 1) return;
    if (!stage.waiting) {
      stage.waiting = column.slice();
      return;
    }
    addTo(level + 1, halved(stage.waiting, column));
    stage.waiting = undefined;
  }

  /** Hands the columns of a level over as tiles; what is missing of the last ones repeats the border, for JPEG has no edge there then. */
  function cut(level: number, stage: Stage): void {
    const { columns, filled, height } = stage;
    for (let row = 0; row * TILE < height; row++) {
      const pixels = Buffer.allocUnsafe(TILE * TILE * 3);
      for (let y = 0, at = 0; y < TILE; y++) {
        const from = Math.min(row * TILE + y, height - 1);
        for (let x = 0; x < TILE; x++, at += 3) {
          const colour = columns[Math.min(x, filled - 1) * height + from]! * 3; // inside: both are held to their ranges
          pixels[at] = colours[colour]!;
          pixels[at + 1] = colours[colour + 1]!;
          pixels[at + 2] = colours[colour + 2]!;
        }
      }
      ready.push({ level, height, row, pixels });
    }
    stage.filled = 0;
  }

  async function drain(): Promise<void> {
    const tiles = ready;
    ready = [];
    for (let i = 0; i < tiles.length; i += BATCH) {
      const batch = tiles.slice(i, i + BATCH);
      const jpegs = await Promise.all(
        batch.map(({ pixels }) =>
          sharp(pixels, { raw: { width: TILE, height: TILE, channels: 3 } })
            .jpeg(JPEG)
            .toBuffer(),
        ),
      );
      for (const [j, { level, height, row }] of batch.entries())
        await file.tile(level, height, row, jpegs[j] ?? Buffer.alloc(0));
    }
  }

  return {
    add: (column) => addTo(0, column),
    drain,
    async finish() {
      // Levels are added while there is something to halve: the last column stands alone, and small levels are not needed.
      for (let level = 0; level < stages.length; level++) {
        const stage = stages[level];
        if (!stage) break;
        const isLast = Math.max(stage.width, stage.height) <= TILE || stage.height === 1;
        if (isLast) stages.length = level + 1;
        else if (stage.waiting) addTo(level + 1, halved(stage.waiting, stage.waiting));
        stage.waiting = undefined;
        if (stage.filled > 0) cut(level, stage);
      }
      ready = ready.filter(({ level }) => level < stages.length);
      await drain();
      await file.finish(stages.map(({ width }) => width));
      return stages[0]?.width ?? 0;
    },
    close: () => file.close(),
  };
}

/** One column of the next level, from two. */
function halved(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = new Uint8Array(left.length >> 1);
  for (let i = 0, j = 0; i < out.length; i++, j += 2)
    out[i] = (left[j]! + left[j + 1]! + right[j]! + right[j + 1]! + 2) >> 2;
  return out;
}
