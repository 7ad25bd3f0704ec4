import { snap } from '@exact/geometry';
import type { ChangeOp, Content, Verdict, VerdictChoice } from './change-ops.ts';
import { withValues, type AnnotationRecord } from './annotation-table.ts';

/** A step as tools ask for it, before the store has said on which revision it is made. */
export type Edit =
  | ({ readonly op: 'create'; readonly uuid: string } & Content & Required<Pick<Content, 'templateId' | 'geometry'>>)
  | ({ readonly op: 'update'; readonly uuid: string } & Content)
  | { readonly op: 'delete' | 'restore'; readonly uuid: string }
  | { readonly op: 'verify'; readonly uuid: string; readonly verdict: VerdictChoice };

/** Coordinates on the grid of the server, so that what is shown is what will be stored. */
export function snapEdit(edit: Edit): Edit {
  return 'geometry' in edit && edit.geometry ? { ...edit, geometry: snap(edit.geometry) } : edit;
}

/** The record after a step; nothing for a step that cannot be made. `userId` is who makes it. */
export function applyEdit(
  edit: Edit,
  record: AnnotationRecord | undefined,
  userId: number,
): AnnotationRecord | undefined {
  if (edit.op === 'create') {
    const { uuid, templateId, geometry, description = '', meta = {} } = edit;
    return {
      layerId: null,
      uuid,
      templateId,
      geometry,
      description,
      meta,
      authorId: userId,
      revision: 0,
      isDeleted: false,
      isLocked: false,
      isVerified: false,
      foreignRevision: 0,
    };
  }
  if (!record || isRefused(edit, record)) return undefined;
  switch (edit.op) {
    case 'delete':
      return withValues(record, { isDeleted: true });
    case 'restore':
      return withValues(record, { isDeleted: false });
    case 'verify':
      return edit.verdict === 'none'
        ? withoutVerdict(record)
        : withValues(record, { isVerified: true, verdict: edit.verdict });
    case 'update': {
      const { op: _op, uuid: _uuid, locked, ...content } = edit;
      const after = withValues(record, { ...content, ...(locked === undefined ? {} : { isLocked: locked }) });
      // a verdict was given on a shape and a class: it does not hold for others
      const isKept = content.geometry === undefined && content.templateId === undefined;
      return isKept ? after : withoutVerdict(after);
    }
  }
}

/** As the server does: a locked annotation keeps its shape and class, and stays, unless the same step unlocks it. */
const isRefused = (edit: Edit, record: AnnotationRecord): boolean =>
  record.isLocked &&
  (edit.op === 'delete' ||
    (edit.op === 'update' && edit.locked !== false && (edit.geometry !== undefined || edit.templateId !== undefined)));

function withoutVerdict(record: AnnotationRecord): AnnotationRecord {
  const { verdict: _verdict, ...plain } = withValues(record, {}) as AnnotationRecord & { verdict?: Verdict };
  return { ...plain, isVerified: false };
}

/** The step that takes a step back, from the state before it; nothing where there is none. */
export function invertEdit(edit: Edit, before: AnnotationRecord | undefined): Edit | undefined {
  const { uuid } = edit;
  switch (edit.op) {
    case 'create':
    case 'restore':
      return { op: 'delete', uuid };
    case 'delete':
      return { op: 'restore', uuid };
    case 'verify':
      return { op: 'verify', uuid, verdict: before?.verdict ?? 'none' };
    case 'update': {
      if (!before) return undefined;
      const { templateId, geometry, description, meta, isLocked, layerId } = before;
      const old = Object.entries({ templateId, geometry, description, meta, locked: isLocked, layerId }).filter(
        ([field, value]) => edit[field as keyof Content] !== undefined && value !== undefined,
      );
      return { op: 'update', uuid, ...Object.fromEntries(old) };
    }
  }
}

export function toOp(edit: Edit, base: number): ChangeOp {
  return edit.op === 'create' ? edit : ({ ...edit, base } as ChangeOp);
}
