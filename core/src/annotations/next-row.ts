import { type VERDICT_CHOICES, VERDICTS } from '@exact/sdk/contract';
import { boundsOn, findGroundProblem, type Ground } from './ground.ts';
import { type AnnotationRow, changeNumber, type RevisionChange } from './rows.ts';
import type { NextRow } from './statements.ts';
import type { CleanEdit, Problem } from './validate.ts';

const CHANGE_OF = {
  update: 'update',
  delete: 'delete',
  restore: 'restore',
  verify: 'verify',
} as const satisfies Record<CleanEdit['list'], RevisionChange>;

/** 0 none, as in the database null. */
const verdictNumber = (verdict: (typeof VERDICT_CHOICES)[number]): number =>
  verdict === 'none' ? 0 : VERDICTS.indexOf(verdict) + 1;

/**
 * Gives what an edit makes of a row, or why it makes no sense.
 *
 * A verdict is about shape and template: who changes one of them takes it away, who writes the same again does not.
 */
export function nextRow(edit: CleanEdit, row: AnnotationRow, ground: Ground): NextRow | Problem {
  const { list, index, uuid } = edit;
  if (list === 'restore' && !row.deleted) {
    return { list, index, uuid, code: 'ANNOTATION_NOT_DELETED', message: 'the annotation is not deleted' };
  }
  if (list !== 'restore' && row.deleted) {
    return { list, index, uuid, code: 'ANNOTATION_DELETED', message: 'the annotation is deleted; restore it first' };
  }
  const isUnlocked = edit.locked === false;
  const isTouched = list === 'delete' || edit.shape !== undefined || edit.templateId !== undefined;
  if (row.locked && isTouched && !isUnlocked) {
    return { list, index, uuid, code: 'ANNOTATION_LOCKED', message: 'the annotation is locked; unlock it first' };
  }
  // The kind stands in the lowest three bits of the packed form, too.
  const kind = edit.shape?.kind ?? (row.geometry[0] ?? 0) & 7;
  const isOtherTemplate = edit.templateId !== undefined && edit.templateId !== row.template_id;
  const problem = isOtherTemplate ? findGroundProblem(ground, edit, { templateId: edit.templateId }, kind) : undefined;
  if (problem) return problem;
  const oldKind = (row.geometry[0] ?? 0) & 7;
  if (!isOtherTemplate && kind !== oldKind) {
    return {
      list,
      index,
      uuid,
      code: 'TEMPLATE_KIND',
      message: 'the geometry is of another kind than the template; change the template with it',
    };
  }
  const isMoved = edit.shape !== undefined && Buffer.compare(edit.shape.packed, row.geometry) !== 0;
  return {
    id: row.id,
    change: changeNumber(CHANGE_OF[list]),
    isDeleted: list === 'delete',
    verdict: edit.verdict ? verdictNumber(edit.verdict) : isMoved || isOtherTemplate ? 0 : (row.verdict ?? 0),
    isLocked: edit.locked,
    templateId: edit.templateId,
    shape: edit.shape,
    bounds: edit.shape && boundsOn(ground, edit.shape),
    description: edit.description,
    meta: edit.meta,
    layerId: edit.layerId,
  };
}
