// A tiny TIFF writer for tests: classic, BigTIFF and NDPI, both byte orders. It knows nothing of the reader.

export interface TagSpec {
  readonly tag: number;
  /** 1 byte, 2 text, 3 short, 4 long, 5 rational (pairs), 7 bytes, 9 signed long, 11 float, 16 long8. */
  readonly type: number;
  readonly values: readonly number[];
}

export interface ImageSpec {
  readonly tags: readonly TagSpec[];
  /** Tiles or strips; empty ones are written with length 0. */
  readonly chunks: readonly Uint8Array[];
  readonly tiled?: boolean;
  readonly sub?: readonly ImageSpec[];
}

export interface WriteOptions {
  readonly littleEndian?: boolean;
  readonly variant?: 'classic' | 'big' | 'ndpi';
  /** Everything but the header is put from here on: files above 4 GB without writing 4 GB. */
  readonly base?: number;
}

export interface WrittenFile {
  readonly size: number;
  readonly pieces: readonly (readonly [number, Uint8Array])[];
  /** How many reads were made. */
  reads: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  bytes(): Uint8Array;
}

const SIZE: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 7: 1, 9: 4, 11: 4, 13: 4, 16: 8 };

export function writeTiff(images: readonly ImageSpec[], options: WriteOptions = {}): WrittenFile {
  const { littleEndian: le = true, variant = 'classic', base = 16 } = options;
  const pieces: [number, Uint8Array][] = [];
  let cursor = base;
  const place = (bytes: Uint8Array): number => {
    const at = cursor;
    pieces.push([at, bytes]);
    cursor += bytes.length + (bytes.length % 2);
    return at;
  };
  const big = variant === 'big';
  const inlineBytes = big ? 8 : 4;

  const encode = (spec: TagSpec): Uint8Array => {
    const size = SIZE[spec.type] ?? 1;
    const out = new Uint8Array(size * spec.values.length);
    const data = new DataView(out.buffer);
    spec.values.forEach((value, i) => {
      if (size === 1) out[i] = value;
      else if (size === 2) data.setUint16(2 * i, value, le);
      else if (spec.type === 9) data.setInt32(4 * i, value, le);
      else if (spec.type === 11) data.setFloat32(4 * i, value, le);
      else if (size === 4) data.setUint32(4 * i, value % 2 ** 32, le);
      else data.setBigUint64(8 * i, BigInt(value), le);
    });
    return out;
  };

  const writeDirectory = (image: ImageSpec): { at: number; link: (next: number) => void } => {
    const subs = (image.sub ?? []).map((sub) => writeDirectory(sub).at);
    const offsets = image.chunks.map((chunk) => (chunk.length === 0 ? 0 : place(chunk)));
    const type = big ? 16 : 4;
    const tags: TagSpec[] = [
      ...image.tags,
      { tag: image.tiled === false ? 273 : 324, type, values: offsets },
      { tag: image.tiled === false ? 279 : 325, type: 4, values: image.chunks.map((chunk) => chunk.length) },
      ...(subs.length > 0 ? [{ tag: 330, type: big ? 16 : 13, values: subs }] : []),
    ].sort((a, b) => a.tag - b.tag);
    const entryBytes = big ? 20 : 12;
    const countBytes = big ? 8 : 2;
    const nextBytes = variant === 'classic' ? 4 : 8;
    const body = new Uint8Array(
      countBytes + tags.length * entryBytes + nextBytes + (variant === 'ndpi' ? 4 * tags.length : 0),
    );
    const data = new DataView(body.buffer);
    if (big) data.setBigUint64(0, BigInt(tags.length), le);
    else data.setUint16(0, tags.length, le);
    const highAt = countBytes + tags.length * entryBytes + nextBytes;
    tags.forEach((spec, i) => {
      const at = countBytes + i * entryBytes;
      const value = encode(spec);
      const count = spec.type === 5 ? spec.values.length / 2 : spec.values.length;
      data.setUint16(at, spec.tag, le);
      data.setUint16(at + 2, spec.type, le);
      if (big) data.setBigUint64(at + 4, BigInt(count), le);
      else data.setUint32(at + 4, count, le);
      const valueAt = at + 4 + inlineBytes;
      let high = 0;
      if (value.length <= inlineBytes) {
        body.set(value, valueAt);
        if (spec.type === 4 && count === 1) high = Math.floor((spec.values[0] ?? 0) / 2 ** 32);
      } else {
        const offset = place(value);
        high = Math.floor(offset / 2 ** 32);
        if (big) data.setBigUint64(valueAt, BigInt(offset), le);
        else data.setUint32(valueAt, offset % 2 ** 32, le);
      }
      if (variant === 'ndpi') data.setUint32(highAt + 4 * i, high, le);
    });
    const at = place(body);
    const nextAt = countBytes + tags.length * entryBytes;
    return {
      at,
      link: (next) => {
        if (nextBytes === 8) data.setBigUint64(nextAt, BigInt(next), le);
        else data.setUint32(nextAt, next, le);
      },
    };
  };

  const written = images.map(writeDirectory);
  written.forEach(({ link }, i) => link(written[i + 1]?.at ?? 0));

  const header = new Uint8Array(16);
  const data = new DataView(header.buffer);
  header.set(le ? [0x49, 0x49] : [0x4d, 0x4d]);
  data.setUint16(2, big ? 43 : 42, le);
  const first = written[0]?.at ?? 0;
  if (big) {
    data.setUint16(4, 8, le);
    data.setBigUint64(8, BigInt(first), le);
  } else if (variant === 'ndpi') data.setBigUint64(4, BigInt(first), le);
  else {
    data.setUint32(4, first, le);
    data.setUint32(8, 0xdeadbeef, le); // classic TIFF may have anything here
  }
  pieces.unshift([0, header]);

  const size = cursor;
  const file: WrittenFile = {
    size,
    pieces,
    reads: 0,
    async read(offset, length) {
      file.reads += 1;
      const out = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      for (const [at, bytes] of pieces) {
        const from = Math.max(at, offset);
        const to = Math.min(at + bytes.length, offset + out.length);
        if (from < to) out.set(bytes.subarray(from - at, to - at), from - offset);
      }
      return out;
    },
    bytes() {
      const out = new Uint8Array(size);
      for (const [at, bytes] of pieces) out.set(bytes, at);
      return out;
    },
  };
  return file;
}

export function text(tag: number, value: string): TagSpec {
  return { tag, type: 2, values: [...new TextEncoder().encode(value), 0] };
}

export function short(tag: number, ...values: number[]): TagSpec {
  return { tag, type: 3, values };
}

export function long(tag: number, ...values: number[]): TagSpec {
  return { tag, type: 4, values };
}

/** Tags that every image needs. */
export function imageTags(width: number, height: number, extra: readonly TagSpec[] = []): TagSpec[] {
  const own: TagSpec[] = [
    long(256, width),
    long(257, height),
    short(258, 8),
    short(259, 1),
    short(262, 1),
    short(277, 1),
  ];
  return [...own.filter(({ tag }) => !extra.some((spec) => spec.tag === tag)), ...extra];
}
