import { FRAME_FLAGS, type Frame, type Geometry } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
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
  /** The whole annotation as the server last gave it. */
  readonly full?: Annotation;
}

/** A record whose geometry is unpacked from its frame when first asked for: most of 100,000 never are. */
class FrameRecord implements Omit<AnnotationRecord, 'verdict'> {
  private unpacked: Geometry | undefined;
  private readonly frame: Frame;
  private readonly index: number;
  readonly uuid: string;

  constructor(frame: Frame, index: number, uuid: string) {
    this.frame = frame;
    this.index = index;
    this.uuid = uuid;
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
    full: annotation,
  };
}

/** The rows of a frame as records. */
export function* recordsOf(frame: Frame): Generator<AnnotationRecord> {
  for (let i = 0; i < frame.count; i++) yield new FrameRecord(frame, i, frame.uuidAt(i)) as AnnotationRecord;
}

/** All annotations of an image by uuid, deleted ones that were seen alive included, with counts by template. */
export class AnnotationTable {
  private readonly records = new Map<string, AnnotationRecord>();
  private readonly counts = new Map<number, number>();
  private alive = 0;

  /** Without the deleted ones. */
  get size(): number {
    return this.alive;
  }
  get(uuid: string): AnnotationRecord | undefined {
    return this.records.get(uuid);
  }
  values(): IterableIterator<AnnotationRecord> {
    return this.records.values();
  }
  countByTemplate(): ReadonlyMap<number, number> {
    return this.counts;
  }
  set(record: AnnotationRecord): void {
    this.count(this.records.get(record.uuid), -1);
    this.records.set(record.uuid, record);
    this.count(record, 1);
  }
  delete(uuid: string): void {
    this.count(this.records.get(uuid), -1);
    this.records.delete(uuid);
  }

  private count(record: AnnotationRecord | undefined, by: 1 | -1): void {
    if (!record || record.isDeleted) return;
    this.alive += by;
    const left = (this.counts.get(record.templateId) ?? 0) + by;
    if (left > 0) this.counts.set(record.templateId, left);
    else this.counts.delete(record.templateId);
  }
}
