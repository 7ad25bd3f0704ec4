import { GeometryError } from './errors.ts';
import { openSections, placeSections } from './sections.ts';

/** First four bytes of centres: "EXC1", read as a little-endian number. */
const MAGIC = 0x31_43_58_45;
const HEADER_BYTES = 32;
const MAX_SIZE = 0xff_ff;
/** A template index has 16 bits. */
const MAX_TEMPLATES = 2 ** 16;
const UUID_BYTES = 16;
/** In the header: a section with UUIDs comes last. */
const WITH_UUIDS = 1;

/** One annotation as a dot. */
export interface Centre {
  /** Middle of its bounding box in level-0 pixels; fractions are cut off towards the top left. */
  readonly x: number;
  readonly y: number;
  /** Longer side of its bounding box in level-0 pixels, rounded up; from 65,535 on all are the same. */
  readonly size: number;
  readonly templateId: number;
  /** See `FRAME_FLAGS`. */
  readonly flags: number;
}

/** Many annotations as dots: views on the bytes they came in, nothing copied. All columns have `count` entries. */
export interface Centres {
  readonly count: number;
  /** Level-0 pixel that holds the middle of the bounding box; may lie outside the image. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Longer side of the bounding box in level-0 pixels, at most 65,535. */
  readonly size: Uint16Array;
  readonly templateIds: Uint32Array;
  /** Place in `templateIds`. */
  readonly templateIndex: Uint16Array;
  /** See `FRAME_FLAGS`. */
  readonly flags: Uint8Array;
  /** Revision of the data that they show; 0: not told. */
  readonly cursor: number;
  /** 16 bytes each, where they were put in. */
  readonly uuids?: Uint8Array;
}

/** Collects dots in the order in which they are added; 13 bytes each, 29 with UUIDs. Equal dots give equal bytes. */
export class CentresBuilder {
  readonly #cursor: number;
  #count = 0;
  #capacity = 1024;
  #x = new Int32Array(this.#capacity);
  #y = new Int32Array(this.#capacity);
  #size = new Uint16Array(this.#capacity);
  #templateIndex = new Uint16Array(this.#capacity);
  #flags = new Uint8Array(this.#capacity);
  /** Index of each template, in the order of their first dots. */
  readonly #templates = new Map<number, number>();
  #uuids: Uint8Array | undefined;

  /**
   * @param cursor  - revision of the data, a whole number of 0 to 2^53 - 1; 0: not told
   * @param options - `withUuids`: each dot comes with its UUID
   */
  constructor(cursor = 0, { withUuids = false }: { readonly withUuids?: boolean } = {}) {
    if (!Number.isSafeInteger(cursor) || cursor < 0) {
      throw new GeometryError(
        'GEOMETRY_CENTRES',
        `The cursor is ${cursor}; it must be a whole number of 0 to 2^53 - 1.`,
      );
    }
    this.#cursor = cursor;
    if (withUuids) this.#uuids = new Uint8Array(UUID_BYTES * this.#capacity);
  }

  /** Number of dots so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one dot.
   *
   * @param uuid - 16 bytes, copied; needed where the dots come with theirs, not looked at otherwise
   * @throws {@link GeometryError} `GEOMETRY_CENTRES` at the 65,537th template, and without a UUID that is needed
   */
  append({ x, y, size, templateId, flags }: Centre, uuid?: Uint8Array): void {
    if (this.#uuids && uuid?.length !== UUID_BYTES)
      throw new GeometryError('GEOMETRY_CENTRES', 'A dot was added without the 16 bytes of its UUID.');
    let index = this.#templates.get(templateId);
    if (index === undefined) {
      index = this.#templates.size;
      if (index === MAX_TEMPLATES)
        throw new GeometryError('GEOMETRY_CENTRES', `Centres hold at most ${MAX_TEMPLATES} templates.`);
      this.#templates.set(templateId, index);
    }
    if (this.#count === this.#capacity) this.#grow();
    const i = this.#count++;
    this.#x[i] = Math.floor(x);
    this.#y[i] = Math.floor(y);
    this.#size[i] = Math.min(Math.ceil(size), MAX_SIZE);
    this.#templateIndex[i] = index;
    this.#flags[i] = flags;
    if (uuid) this.#uuids?.set(uuid, UUID_BYTES * i);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const count = this.#count;
    const at = layOut(count, this.#templates.size, this.#uuids !== undefined);
    const buffer = new ArrayBuffer(at.end);
    const header = new DataView(buffer);
    header.setUint32(0, MAGIC, true);
    header.setUint32(4, at.end, true);
    header.setUint32(8, count, true);
    header.setUint32(12, this.#templates.size, true);
    header.setFloat64(16, this.#cursor, true);
    header.setUint32(24, this.#uuids ? WITH_UUIDS : 0, true);
    new Uint32Array(buffer, at.templateIds, this.#templates.size).set([...this.#templates.keys()]);
    new Int32Array(buffer, at.x, count).set(this.#x.subarray(0, count));
    new Int32Array(buffer, at.y, count).set(this.#y.subarray(0, count));
    new Uint16Array(buffer, at.size, count).set(this.#size.subarray(0, count));
    new Uint16Array(buffer, at.templateIndex, count).set(this.#templateIndex.subarray(0, count));
    new Uint8Array(buffer, at.flags, count).set(this.#flags.subarray(0, count));
    if (this.#uuids) new Uint8Array(buffer, at.uuids).set(this.#uuids.subarray(0, UUID_BYTES * count));
    return new Uint8Array(buffer);
  }

  #grow(): void {
    this.#capacity *= 2;
    const grown = <A extends Int32Array | Uint16Array | Uint8Array>(larger: A, column: A): A => {
      larger.set(column);
      return larger;
    };
    this.#x = grown(new Int32Array(this.#capacity), this.#x);
    this.#y = grown(new Int32Array(this.#capacity), this.#y);
    this.#size = grown(new Uint16Array(this.#capacity), this.#size);
    this.#templateIndex = grown(new Uint16Array(this.#capacity), this.#templateIndex);
    this.#flags = grown(new Uint8Array(this.#capacity), this.#flags);
    if (this.#uuids) this.#uuids = grown(new Uint8Array(UUID_BYTES * this.#capacity), this.#uuids);
  }
}

/**
 * Opens centres (layout: README) without copying them, unless they begin at an odd place in their buffer. O(count) for the check
 * of the template indexes.
 *
 * @throws {@link GeometryError} `GEOMETRY_CENTRES` when they are none, cut short or damaged
 */
export function decodeCentres(data: ArrayBuffer | Uint8Array): Centres {
  const { bytes, header } = openSections(data, { magic: MAGIC, headerBytes: HEADER_BYTES, damaged });
  const count = header.getUint32(8, true);
  const templates = header.getUint32(12, true);
  const content = header.getUint32(24, true);
  if (content > WITH_UUIDS) throw damaged(`it holds more than is known here (${content})`);
  const at = layOut(count, templates, content === WITH_UUIDS);
  if (at.end !== bytes.length) throw damaged(`${count} annotations do not make ${bytes.length} bytes`);
  const { buffer, byteOffset } = bytes;
  const templateIndex = new Uint16Array(buffer, byteOffset + at.templateIndex, count);
  for (const index of templateIndex) if (index >= templates) throw damaged(`it has no template ${index}`);
  return {
    count,
    x: new Int32Array(buffer, byteOffset + at.x, count),
    y: new Int32Array(buffer, byteOffset + at.y, count),
    size: new Uint16Array(buffer, byteOffset + at.size, count),
    templateIds: new Uint32Array(buffer, byteOffset + at.templateIds, templates),
    templateIndex,
    flags: new Uint8Array(buffer, byteOffset + at.flags, count),
    cursor: header.getFloat64(16, true),
    ...(content === WITH_UUIDS ? { uuids: new Uint8Array(buffer, byteOffset + at.uuids, UUID_BYTES * count) } : {}),
  };
}

function layOut(count: number, templates: number, hasUuids: boolean) {
  const { offsets, end } = placeSections(HEADER_BYTES, [
    4 * templates,
    4 * count,
    4 * count,
    2 * count,
    2 * count,
    count,
    hasUuids ? UUID_BYTES * count : 0,
  ]);
  const [templateIds, x, y, size, templateIndex, flags, uuids] = offsets as [
    ...[number, number, number, number, number, number, number],
  ];
  return { templateIds, x, y, size, templateIndex, flags, uuids, end };
}

function damaged(reason: string): GeometryError {
  return new GeometryError('GEOMETRY_CENTRES', `These are no centres of annotations: ${reason}. Load them again.`);
}
