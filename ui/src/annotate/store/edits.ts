import { snap } from '@exact/geometry';
import type { ChangeOp, Content, Verdict } from './change-ops.ts';
import { withValues, type AnnotationRecord } from './annotation-table.ts';

/** A step as tools ask for it, before the store has said on which revision it is made. */
export type Edit =
  | ({ readonly op: 'create'; readonly uuid: string } & Content & Required<Pick<Content, 'templateId' | 'geometry'>>)
  | ({ readonly op: 'update'; readonly uuid: string } & Content)
  | { readonly op: 'delete' | 'restore'; readonly uuid: string }
  | { readonly op: 'verify'; readonly uuid: string; readonly verdict: Verdict };

/** Coordinates on the grid of the server, so that what is shown is what will be stored. */
export function snapEdit(edit: Edit): Edit {
  return 'geometry' in edit && edit.geometry ? { ...edit, geometry: snap(edit.geometry) } : edit;
}

/** The record after a step. `userId` is who makes it. */
export function applyEdit(
  edit: Edit,
  record: AnnotationRecord | undefined,
  userId: number,
): AnnotationRecord | undefined {
  if (edit.op === 'create') {
    const { uuid, templateId, geometry, description = '', meta = {} } = edit;
    return {
      uuid,
      templateId,
      geometry,
      description,
      meta,
      authorId: userId,
      revision: 0,
      isDeleted: false,
      isVerified: false,
      foreignRevision: 0,
    };
  }
  if (!record) return undefined;
  switch (edit.op) {
    case 'delete':
      return withValues(record, { isDeleted: true });
    case 'restore':
      return withValues(record, { isDeleted: false });
    case 'verify':
      return withValues(record, { isVerified: true, verdict: edit.verdict });
    case 'update': {
      const { op: _op, uuid: _uuid, ...content } = edit;
      const { verdict: _verdict, ...plain } = withValues(record, content) as AnnotationRecord & { verdict?: Verdict };
      // a verdict was given on a shape and a class: it does not hold for others
      const isKept = content.geometry === undefined && content.templateId === undefined;
      return isKept ? withValues(record, content) : { ...plain, isVerified: false };
    }
  }
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
      // the first verdict can only be replaced: the server knows no way back to "nobody has looked"
      return before?.verdict ? { op: 'verify', uuid, verdict: before.verdict } : undefined;
    case 'update': {
      if (!before) return undefined;
      const { templateId, geometry, description, meta } = before;
      const old = Object.entries({ templateId, geometry, description, meta }).filter(
        ([field, value]) => edit[field as keyof Content] !== undefined && value !== undefined,
      );
      return { op: 'update', uuid, ...Object.fromEntries(old) };
    }
  }
}

export function toOp(edit: Edit, base: number): ChangeOp {
  return edit.op === 'create' ? edit : ({ ...edit, base } as ChangeOp);
}
