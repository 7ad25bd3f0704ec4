import { TiffDirectory, readUint, view } from './directory.ts';
import type { TiffContext, TiffVariant } from './directory.ts';
import { badDirectory, TiffError } from './error.ts';
import { LIMITS } from './limits.ts';
import { TiffSource } from './source.ts';
import type { ReadAt } from './source.ts';
import { TAG } from './tags.ts';

/** What a file is read from. */
export interface TiffInput {
  readonly read: ReadAt;
  /** Size in bytes. */
  readonly size: number;
  /** The first bytes, when they are at hand already: saves reads. */
  readonly head?: Uint8Array;
}

/** Structure of one open TIFF file. Holds no handle: closing the file is the caller's. */
export interface TiffFile {
  readonly variant: TiffVariant;
  readonly littleEndian: boolean;
  readonly source: TiffSource;
  /** The chain of directories, in file order. */
  readonly directories: readonly TiffDirectory[];
  /** Directories that one of the chain points to by tag 330 (sub-resolutions in OME-TIFF), in file order. */
  subDirectories(of: TiffDirectory): readonly TiffDirectory[];
}

/** Tells whether the bytes begin like TIFF, BigTIFF or NDPI. Says nothing about what comes after. */
export function isTiff(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const le = head[0] === 0x49 && head[1] === 0x49;
  if (!le && !(head[0] === 0x4d && head[1] === 0x4d)) return false;
  const version = view(head).getUint16(2, le);
  return version === 42 || (version === 43 && view(head).getUint16(4, le) === 8 && view(head).getUint16(6, le) === 0);
}

/**
 * Reads the directories of a file; image data and the tables of tiles stay where they are.
 *
 * @returns the structure; a few reads for an ordinary slide, at most `LIMITS.directories` directories
 * @throws TiffError `NOT_A_TIFF`, `TRUNCATED_FILE`, `BAD_DIRECTORY`, `CYCLIC_DIRECTORY`, `IMAGE_TOO_LARGE`
 */
export async function openTiff(input: TiffInput): Promise<TiffFile> {
  const source = new TiffSource(input.read, input.size, input.head);
  const header = await source.near(0, Math.min(16, input.size), 'the header');
  if (!isTiff(header)) throw new TiffError('NOT_A_TIFF', 'The file does not begin like a TIFF file.');
  const littleEndian = header[0] === 0x49;
  const { context, first } = await readHeader(source, header, littleEndian);

  const seen = new Set<number>();
  const directories: TiffDirectory[] = [];
  for (let offset = first; offset !== 0;) {
    const directory = await readOnce(context, offset, seen);
    directories.push(directory);
    offset = directory.next;
  }
  if (directories.length === 0) throw badDirectory('it describes no image');

  const children = new Map<TiffDirectory, readonly TiffDirectory[]>();
  for (const parent of directories) {
    if (!parent.has(TAG.subIfds)) continue;
    const offsets = (await parent.load(TAG.subIfds, 8 * LIMITS.directories)) ?? [];
    const found: TiffDirectory[] = [];
    for (const offset of offsets) if (offset !== 0) found.push(await readOnce(context, offset, seen));
    children.set(parent, found);
  }
  source.forget();
  return {
    variant: context.variant,
    littleEndian,
    source,
    directories,
    subDirectories: (of) => children.get(of) ?? [],
  };
}

async function readOnce(context: TiffContext, offset: number, seen: Set<number>): Promise<TiffDirectory> {
  if (seen.has(offset)) {
    throw new TiffError(
      'CYCLIC_DIRECTORY',
      'The list of images inside the file runs in a circle; the file is damaged. Export the slide again.',
    );
  }
  if (seen.size >= LIMITS.directories) {
    throw new TiffError(
      'IMAGE_TOO_LARGE',
      `The file holds more than ${LIMITS.directories} images. Split it into several files.`,
    );
  }
  seen.add(offset);
  return TiffDirectory.read(context, offset);
}

/**
 * Finds out how offsets are written. NDPI looks like classic TIFF, but the first offset and the links of the chain have
 * 8 bytes, and each directory is followed by the high halves of its values (OpenSlide's description of the format; seen
 * in a genuine file). What tells it is tag 65420 in the first directory.
 */
async function readHeader(
  source: TiffSource,
  header: Uint8Array,
  littleEndian: boolean,
): Promise<{ context: TiffContext; first: number }> {
  const data = view(header);
  if (data.getUint16(2, littleEndian) === 43) {
    if (header.length < 16) throw badDirectory('its header is cut short');
    return { context: { source, littleEndian, variant: 'big' }, first: readUint(data, 8, 8, littleEndian) };
  }
  const first = data.getUint32(4, littleEndian);
  const classic: TiffContext = { source, littleEndian, variant: 'classic' };
  const wide = littleEndian && header.length >= 12 ? readUint(data, 4, 8, true) : Infinity;
  // An ordinary TIFF has anything at all in the bytes 8 to 11, most often more than its size.
  if (wide !== 0 && wide < source.size) {
    const ndpi: TiffContext = { source, littleEndian, variant: 'ndpi' };
    const found = await hasNdpiTag(ndpi, wide);
    if (found) return { context: ndpi, first: wide };
  }
  return { context: classic, first };
}

async function hasNdpiTag(context: TiffContext, offset: number): Promise<boolean> {
  try {
    return (await TiffDirectory.read(context, offset)).has(TAG.ndpiFormat);
  } catch (error) {
    // Not a directory when read as NDPI: then it is a classic TIFF, whose own faults are told by the classic reading.
    if (error instanceof TiffError) return false;
    throw error;
  }
}
