import { type FileHandle, open } from 'node:fs/promises';

/** Side of a tile in pixels. */
export const TILE = 256;

interface Level {
  width: number;
  readonly height: number;
  /** By rows of the grid: tiles come column after column, and TIFF counts them row after row. */
  readonly tiles: { offset: number; bytes: number }[][];
}

/** Writes a BigTIFF of JPEG tiles whose width is known at its end only. */
export interface PyramidFile {
  /** Puts a tile below the ones that its column holds. @param level - 0 is the largest */
  tile(level: number, height: number, row: number, jpeg: Uint8Array): Promise<void>;
  /** Writes the directories. @param widths - of the levels, largest first */
  finish(widths: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

const HEADER_BYTES = 16;
const SHORT = 3;
const LONG = 4;
const LONG8 = 16;
const SIZES: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [LONG8]: 8 };

/** @see BigTIFF, and TIFF 6.0 with technical note 2 (JPEG: each tile is a picture of its own) */
export async function createPyramidFile(path: string): Promise<PyramidFile> {
  const file: FileHandle = await open(path, 'w');
  const levels: Level[] = [];
  let end = HEADER_BYTES;

  async function append(bytes: Uint8Array): Promise<number> {
    const at = end;
    end += bytes.length;
    await file.write(bytes, 0, bytes.length, at);
    return at;
  }

  /** @returns where the directory stands, and where it says where the next one does */
  async function writeDirectory(level: Level, isReduced: boolean): Promise<{ at: number; next: number }> {
    const { width, height, tiles } = level;
    const all = tiles.flat();
    const [short, long, long8] = [SHORT, LONG, LONG8].map((type) => (tag: number, ...values: number[]) => ({
      tag,
      type,
      values,
    }));
    if (!short || !long || !long8) throw new Error('there are three types');
    const entries = [
      long(254, isReduced ? 1 : 0),
      long(256, width),
      long(257, height),
      short(258, 8, 8, 8),
      short(259, 7), // JPEG
      short(262, 6), // YCbCr
      short(277, 3),
      short(284, 1),
      short(322, TILE),
      short(323, TILE),
      long8(324, ...all.map(({ offset }) => offset)),
      long(325, ...all.map(({ bytes }) => bytes)),
      short(530, 1, 1), // colours at full resolution
    ];
    const directory = Buffer.alloc(8 + entries.length * 20 + 8);
    directory.writeBigUInt64LE(BigInt(entries.length));
    for (const [i, { tag, type, values }] of entries.entries()) {
      const at = 8 + i * 20;
      const size = SIZES[type] ?? 0;
      const data = Buffer.alloc(Math.max(8, values.length * size));
      values.forEach((value, j) => {
        if (type === LONG8) data.writeBigUInt64LE(BigInt(value), j * size);
        else data.writeUIntLE(value, j * size, size);
      });
      directory.writeUInt16LE(tag, at);
      directory.writeUInt16LE(type, at + 2);
      directory.writeBigUInt64LE(BigInt(values.length), at + 4);
      if (data.length > 8) directory.writeBigUInt64LE(BigInt(await append(data)), at + 12);
      else data.copy(directory, at + 12);
    }
    const at = await append(directory);
    return { at, next: at + directory.length - 8 };
  }

  return {
    async tile(index, height, row, jpeg) {
      const level = (levels[index] ??= {
        width: 0,
        height,
        tiles: Array.from({ length: Math.ceil(height / TILE) }, () => []),
      });
      level.tiles[row]?.push({ offset: await append(jpeg), bytes: jpeg.length });
    },
    async finish(widths) {
      const pointer = (at: number): Buffer => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(BigInt(at));
        return bytes;
      };
      const head = Buffer.from('II\x2b\0\x08\0\0\0', 'latin1');
      await file.write(head, 0, head.length, 0);
      let place = 8;
      for (const [i, level] of levels.entries()) {
        level.width = widths[i] ?? 0;
        const { at, next } = await writeDirectory(level, i > 0);
        await file.write(pointer(at), 0, 8, place);
        place = next;
      }
      await file.sync();
    },
    close: () => file.close(),
  };
}
