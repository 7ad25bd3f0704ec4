import { FRAME_FLAGS, type Frame, type Geometry } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
import { IdSlots, uuidWords } from '../layer/index.ts';
import type { Content, Verdict } from './change-ops.ts';

/** What is known of one annotation. Frames carry what is drawn; the rest comes when somebody looks at it. */
export interface AnnotationRecord extends Required<Pick<Content, 'templateId' | 'geometry'>> {
  readonly uuid: string;
  readonly authorId: number;
  /** As the server last said; 0 while it does not know the annotation yet. */
  readonly revision: number;
  readonly isDeleted: boolean;
  /** Not to be moved, reshaped, given another class or deleted by slip. */
  readonly isLocked: boolean;
  /** Whether anybody has given a verdict. */
  readonly isVerified: boolean;
  readonly verdict?: Verdict;
  /** The latest revision that somebody else made, as far as seen here. */
  readonly foreignRevision: number;
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** `null`: in no layer. */
  readonly layerId?: number | null;
  /** The whole annotation as the server last gave it. */
  readonly full?: Annotation;
}

/** A row of a frame as a record, whose geometry is unpacked when first asked for. */
class FrameRecord implements Omit<AnnotationRecord, 'verdict'> {
  private unpacked: Geometry | undefined;
  private readonly frame: Frame;
  private readonly index: number;
  readonly uuid: string;

  constructor(frame: Frame, index: number) {
    this.frame = frame;
    this.index = index;
    this.uuid = frame.uuidAt(index);
  }
  // Not fields: there may be fifty thousand of these.
  get isDeleted(): boolean {
    return false;
  }
  get foreignRevision(): number {
    return 0;
  }
  get geometry(): Geometry {
    return (this.unpacked ??= this.frame.geometryAt(this.index));
  }
  // `!`: the index was checked when the frame gave its uuid
  get templateId(): number {
    return this.frame.templateIds[this.index]!;
  }
  get authorId(): number {
    return this.frame.authorIds[this.index]!;
  }
  get revision(): number {
    return this.frame.revisions[this.index]!;
  }
  get isLocked(): boolean {
    return (this.frame.flags[this.index]! & FRAME_FLAGS.locked) !== 0;
  }
  get isVerified(): boolean {
    return this.verdict !== undefined;
  }
  get verdict(): Verdict | undefined {
    const flags = this.frame.flags[this.index]!;
    return flags & FRAME_FLAGS.verified ? 'accepted' : flags & FRAME_FLAGS.rejected ? 'rejected' : undefined;
  }
}

/** A copy with other values; also of a frame's record, whose getters a spread would lose. */
export function withValues(record: AnnotationRecord, change: Partial<AnnotationRecord>): AnnotationRecord {
  if (!(record instanceof FrameRecord)) return { ...record, ...change };
  const { uuid, templateId, geometry, authorId, revision, isDeleted, isLocked, isVerified, verdict, foreignRevision } =
    record as AnnotationRecord;
  const plain = { uuid, templateId, geometry, authorId, revision, isDeleted, isLocked, isVerified, foreignRevision };
  return { ...plain, ...(verdict ? { verdict } : {}), ...change };
}

/** A whole annotation as a record. `isForeign` says that somebody else made this revision. */
export function recordOf(annotation: Annotation, isForeign: boolean, before?: AnnotationRecord): AnnotationRecord {
  const { uuid, templateId, geometry, authorId, revision, deleted, verification, description, meta } = annotation;
  return {
    uuid,
    templateId,
    geometry,
    authorId,
    revision,
    isDeleted: deleted,
    isLocked: annotation.locked,
    isVerified: verification !== undefined,
    ...(verification ? { verdict: verification.verdict } : {}),
    foreignRevision: isForeign ? revision : (before?.foreignRevision ?? 0),
    description,
    meta,
    layerId: annotation.layerId ?? null,
    full: annotation,
  };
}

/**
 * All annotations of an image by uuid, deleted ones that were seen alive included, with counts by template. What came in a frame
 * stays in its row until somebody looks at it: most of a hundred thousand never become objects.
 */
export class AnnotationTable {
  private readonly ids = new IdSlots();
  /** Slots that were ever used are below this. */
  private used = 0;
  private readonly free: number[] = [];
  /** By slot; of what is only a row of a frame so far, `frames` and `rows` tell which one. */
  private readonly records = new Map<number, AnnotationRecord>();
  private readonly frames: (Frame | undefined)[] = [];
  private rows = new Uint32Array(0);
  private readonly counts = new Map<number, number>();
  private alive = 0;

  /** Without the deleted ones. */
  get size(): number {
    return this.alive;
  }
  get(uuid: string): AnnotationRecord | undefined {
    const slot = this.ids.slotOf(uuid);
    return slot === undefined ? undefined : this.at(slot);
  }
  /** In the order in which they came, but that new ones may take the places of those that were taken out. */
  *values(): Generator<AnnotationRecord> {
    for (let slot = 0; slot < this.used; slot++) {
      const record = this.at(slot);
      if (record) yield record;
    }
  }
  countByTemplate(): ReadonlyMap<number, number> {
    return this.counts;
  }
  set(record: AnnotationRecord): void {
    let slot = this.ids.slotOf(record.uuid);
    if (slot === undefined) this.ids.set(record.uuid, (slot = this.takeSlot()));
    else this.empty(slot);
    this.records.set(slot, record);
    if (!record.isDeleted) this.count(record.templateId, 1);
  }
  delete(uuid: string): void {
    const slot = this.ids.slotOf(uuid);
    if (slot === undefined) return;
    this.empty(slot);
    this.ids.free(slot);
    this.free.push(slot);
  }

  /** The revision at which an annotation is known, by its UUID as words of a frame (see `uuidWords`); nothing when it is not. */
  revisionOf(words: Uint32Array, row: number): number | undefined {
    const slot = this.ids.slotOfWords(words, 4 * row);
    if (slot === undefined) return undefined;
    return this.records.get(slot)?.revision ?? this.frames[slot]?.revisions[this.rows[slot]!];
  }

  /** UUIDs of the living ones that are not in a frame. */
  missingIn(frame: Frame): string[] {
    const words = uuidWords(frame.uuids);
    const isThere = new Uint8Array(this.used);
    for (let row = 0; row < frame.count; row++) {
      const slot = this.ids.slotOfWords(words, 4 * row);
      if (slot !== undefined) isThere[slot] = 1;
    }
    const missing: string[] = [];
    for (let slot = 0; slot < this.used; slot++) {
      if (isThere[slot] === 1) continue;
      const record = this.at(slot);
      if (record && !record.isDeleted) missing.push(record.uuid);
    }
    return missing;
  }

  /** Takes in rows of a frame. Those known already were changed by somebody else: what was done here went through {@link set}. */
  putRows(frame: Frame, rows: Uint32Array): void {
    const words = uuidWords(frame.uuids);
    this.reserve(rows.length);
    // Not for … of: on a page that has just been opened, loops run before they are compiled, and an iterator is slow then.
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!; // `!`: below the length, here and in the columns of the frame
      const free = this.free.at(-1) ?? this.used;
      const slot = this.ids.slotFor(words, 4 * row, free);
      if (slot === free) {
        this.takeSlot();
        this.frames[slot] = frame;
        this.rows[slot] = row;
      } else {
        this.empty(slot);
        const record = new FrameRecord(frame, row) as AnnotationRecord;
        this.records.set(slot, withValues(record, { foreignRevision: record.revision }));
      }
      this.count(frame.templateIds[row]!, 1);
    }
  }

  private at(slot: number): AnnotationRecord | undefined {
    const known = this.records.get(slot);
    const frame = this.frames[slot];
    if (known || !frame) return known;
    const record = new FrameRecord(frame, this.rows[slot]!) as AnnotationRecord;
    this.records.set(slot, record);
    return record;
  }

  private takeSlot(): number {
    const slot = this.free.pop() ?? this.used++;
    if (slot >= this.rows.length) this.growRows(Math.ceil(slot * 1.5) + 16);
    this.frames[slot] = undefined;
    return slot;
  }

  /** Forgets what is in a slot, which keeps its id. */
  private empty(slot: number): void {
    const record = this.records.get(slot);
    const frame = this.frames[slot];
    if (record) {
      if (!record.isDeleted) this.count(record.templateId, -1);
    } else if (frame) this.count(frame.templateIds[this.rows[slot]!]!, -1);
    this.records.delete(slot);
    this.frames[slot] = undefined;
  }

  private reserve(more: number): void {
    const slots = this.used + Math.max(0, more - this.free.length);
    this.ids.reserve(more, slots);
    if (slots > this.rows.length) this.growRows(slots);
  }

  private growRows(length: number): void {
    const rows = new Uint32Array(length);
    rows.set(this.rows);
    this.rows = rows;
  }

  private count(templateId: number, by: 1 | -1): void {
    this.alive += by;
    const left = (this.counts.get(templateId) ?? 0) + by;
    if (left > 0) this.counts.set(templateId, left);
    else this.counts.delete(templateId);
  }
}
