import { badDirectory, TiffError, truncatedFile } from './error.ts';
import { LIMITS } from './limits.ts';
import type { TiffSource } from './source.ts';
import { TAG, TYPE_BYTES } from './tags.ts';

/** How a file writes its offsets: `ndpi` is classic TIFF whose offsets have high halves after the directory. */
export type TiffVariant = 'classic' | 'big' | 'ndpi';

/** What is needed to read numbers of one file. */
export interface TiffContext {
  readonly source: TiffSource;
  readonly littleEndian: boolean;
  readonly variant: TiffVariant;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Where the value stands in the file when it does not fit into the entry. */
  readonly offset: number | undefined;
  readonly inline: Uint8Array;
  /** High half of a single 32-bit number, NDPI only. */
  readonly high: number;
}

/** Tags whose (short) values are read together with the directory, so that they can be asked for without waiting. */
const EAGER = new Set<number>([
  TAG.newSubfileType,
  TAG.imageWidth,
  TAG.imageLength,
  TAG.bitsPerSample,
  TAG.compression,
  TAG.photometric,
  TAG.fillOrder,
  TAG.orientation,
  TAG.samplesPerPixel,
  TAG.rowsPerStrip,
  TAG.xResolution,
  TAG.yResolution,
  TAG.planarConfiguration,
  TAG.resolutionUnit,
  TAG.predictor,
  TAG.tileWidth,
  TAG.tileLength,
  TAG.extraSamples,
  TAG.sampleFormat,
  TAG.sMinSampleValue,
  TAG.sMaxSampleValue,
  TAG.yCbCrSubSampling,
  TAG.ndpiFormat,
  TAG.ndpiLens,
  TAG.ndpiFocalPlane,
]);
const EAGER_BYTES = 512;

/** One image file directory: the tags of one image. */
export class TiffDirectory {
  readonly context: TiffContext;
  /** Position in the file. */
  readonly offset: number;
  /** Position of the next directory of the chain; 0 at its end. */
  readonly next: number;
  readonly #entries: ReadonlyMap<number, Entry>;
  readonly #eager = new Map<number, readonly number[]>();

  private constructor(context: TiffContext, offset: number, next: number, entries: ReadonlyMap<number, Entry>) {
    this.context = context;
    this.offset = offset;
    this.next = next;
    this.#entries = entries;
  }

  /** Reads the directory at `offset` and its short values. */
  static async read(context: TiffContext, offset: number): Promise<TiffDirectory> {
    const { next, entries } = await readEntries(context, offset);
    const directory = new TiffDirectory(context, offset, next, entries);
    for (const tag of EAGER) {
      const entry = entries.get(tag);
      if (entry === undefined || byteLength(entry) > EAGER_BYTES) continue;
      directory.#eager.set(tag, Array.from(toNumbers(context, entry, await valueBytes(context, tag, entry))));
    }
    return directory;
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** Number of values of a tag; 0 without it. */
  count(tag: number): number {
    return this.#entries.get(tag)?.count ?? 0;
  }

  /** First value of a tag that describes the image (the ones of `EAGER`), or nothing. Rationals are divided. */
  number(tag: number): number | undefined {
    return this.#eager.get(tag)?.[0];
  }

  /** All values of such a tag; empty without it. */
  numbers(tag: number): readonly number[] {
    return this.#eager.get(tag) ?? [];
  }

  /** Values of any tag, read now. 64-bit values above 2^53 come out rounded, and so outside of every file. */
  async load(
    tag: number,
    limitBytes: number = LIMITS.valueBytes,
  ): Promise<Uint8Array | Uint16Array | Uint32Array | Float64Array | undefined> {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return undefined;
    if (byteLength(entry) > limitBytes) {
      throw new TiffError(
        'IMAGE_TOO_LARGE',
        `The table with number ${tag} in the file has ${entry.count} values; that is more than any real slide needs.`,
      );
    }
    return toNumbers(this.context, entry, await valueBytes(this.context, tag, entry));
  }

  /** Text of a tag without its closing zero; UTF-8, and Latin-1 for what is not UTF-8. */
  async text(tag: number): Promise<string | undefined> {
    const entry = this.#entries.get(tag);
    if (entry === undefined || TYPE_BYTES[entry.type] !== 1 || entry.count > LIMITS.valueBytes) return undefined;
    const bytes = await valueBytes(this.context, tag, entry);
    const end = bytes.indexOf(0);
    const text = end < 0 ? bytes : bytes.subarray(0, end);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    } catch {
      return new TextDecoder('latin1').decode(text);
    }
  }
}

async function readEntries(
  context: TiffContext,
  offset: number,
): Promise<{ next: number; entries: Map<number, Entry> }> {
  const { source, littleEndian: le, variant } = context;
  const big = variant === 'big';
  const countBytes = big ? 8 : 2;
  const entryBytes = big ? 20 : 12;
  const nextBytes = variant === 'classic' ? 4 : 8;
  const count = readUint(view(await source.near(offset, countBytes, 'a directory')), 0, countBytes, le);
  if (count === 0 || count > LIMITS.entries) throw badDirectory(`a directory with ${count} entries`);
  const tail = nextBytes + (variant === 'ndpi' ? 4 * count : 0);
  const bytes = await source.near(offset + countBytes, count * entryBytes + tail, 'a directory');
  const data = view(bytes);
  const inlineBytes = big ? 8 : 4;
  const entries = new Map<number, Entry>();
  for (let i = 0; i < count; i++) {
    const at = i * entryBytes;
    const type = data.getUint16(at + 2, le);
    const size = TYPE_BYTES[type];
    if (size === undefined) continue;
    const n = readUint(data, at + 4, inlineBytes, le);
    const valueAt = at + 4 + inlineBytes;
    const high = variant === 'ndpi' ? data.getUint32(count * entryBytes + nextBytes + 4 * i, le) : 0;
    const isInline = size * n <= inlineBytes;
    const value = readUint(data, valueAt, inlineBytes, le) + high * 2 ** 32;
    // Copied: the window that holds these bytes is dropped after opening.
    const inline = bytes.slice(valueAt, valueAt + (isInline ? size * n : 0));
    const tag = data.getUint16(at, le);
    if (!entries.has(tag) && n > 0)
      entries.set(tag, { type, count: n, offset: isInline ? undefined : value, inline, high: isInline ? high : 0 });
  }
  return { next: readUint(data, count * entryBytes, nextBytes, le), entries };
}

function byteLength(entry: Entry): number {
  return (TYPE_BYTES[entry.type] ?? 1) * entry.count;
}

async function valueBytes({ source }: TiffContext, tag: number, entry: Entry): Promise<Uint8Array> {
  if (entry.offset === undefined) return entry.inline;
  const length = byteLength(entry);
  const what = `value of tag ${tag}`;
  if (entry.offset + length > source.size) throw truncatedFile(what, entry.offset + length, source.size);
  return length <= EAGER_BYTES ? source.near(entry.offset, length, what) : source.bytes(entry.offset, length, what);
}

function toNumbers(
  context: TiffContext,
  entry: Entry,
  bytes: Uint8Array,
): Uint8Array | Uint16Array | Uint32Array | Float64Array {
  const { littleEndian: le } = context;
  const data = view(bytes);
  const n = entry.count;
  const fill = <T extends Uint16Array | Uint32Array | Float64Array>(
    out: T,
    step: number,
    get: (at: number) => number,
  ): T => {
    for (let i = 0; i < n; i++) out[i] = get(i * step);
    return out;
  };
  switch (entry.type) {
    case 3:
      return fill(new Uint16Array(n), 2, (at) => data.getUint16(at, le));
    case 4:
    case 13:
      if (n === 1 && entry.high !== 0) return Float64Array.of(data.getUint32(0, le) + entry.high * 2 ** 32);
      return fill(new Uint32Array(n), 4, (at) => data.getUint32(at, le));
    case 5:
      return fill(new Float64Array(n), 8, (at) => data.getUint32(at, le) / data.getUint32(at + 4, le));
    case 6:
      return fill(new Float64Array(n), 1, (at) => data.getInt8(at));
    case 8:
      return fill(new Float64Array(n), 2, (at) => data.getInt16(at, le));
    case 9:
      return fill(new Float64Array(n), 4, (at) => data.getInt32(at, le));
    case 10:
      return fill(new Float64Array(n), 8, (at) => data.getInt32(at, le) / data.getInt32(at + 4, le));
    case 11:
      return fill(new Float64Array(n), 4, (at) => data.getFloat32(at, le));
    case 12:
      return fill(new Float64Array(n), 8, (at) => data.getFloat64(at, le));
    case 16:
    case 18:
      return fill(new Float64Array(n), 8, (at) => readUint(data, at, 8, le));
    case 17:
      return fill(new Float64Array(n), 8, (at) => Number(data.getBigInt64(at, le)));
    default:
      // Own copy: the bytes may belong to a window.
      return bytes.slice();
  }
}

/** View over exactly these bytes. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Unsigned number of 2, 4 or 8 bytes. Two halves instead of a bigint: a table of 100,000 offsets takes 1 ms, not 20. */
export function readUint(data: DataView, at: number, bytes: number, littleEndian: boolean): number {
  if (bytes === 2) return data.getUint16(at, littleEndian);
  if (bytes === 4) return data.getUint32(at, littleEndian);
  const first = data.getUint32(at, littleEndian);
  const second = data.getUint32(at + 4, littleEndian);
  return littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
}
