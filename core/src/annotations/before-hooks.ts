import type { Annotation, AnnotationDraft, AnnotationPatch } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { HookCallers } from '../kernel/hook-caller.ts';
import { type AnnotationRow, toAnnotation } from './rows.ts';
import { type CleanContent, type CleanDraft, type CleanEdit, readDrafts, readPatch } from './validate.ts';

// Values for hooks are made only when a plugin taps them: unpacking a batch of geometries costs more than storing it.

type Before = (edit: CleanEdit) => AnnotationRow;

/** Lets plugins complete drafts. What they return is checked as if a client had sent it. */
export async function completeDrafts(
  hooks: HookCallers,
  context: HookContext,
  imageId: number,
  drafts: readonly CleanDraft[],
): Promise<readonly CleanDraft[]> {
  const value = { imageId, drafts: drafts.map(toDraft) };
  const result = (await hooks.annotations.beforeCreate.call(value, context)) ?? value;
  if (result.drafts === value.drafts) return drafts;
  const isSameBatch =
    result.drafts.length === drafts.length && result.drafts.every((draft, i) => draft.uuid === drafts[i]?.uuid);
  if (!isSameBatch) throw new Error('A tap of annotations.beforeCreate returned other annotations than it was given.');
  return readDrafts(
    result.drafts,
    drafts.map((draft) => draft.index),
  );
}

/**
 * Lets plugins complete the patches among the edits; gives all edits, in their order. A restore is shown as a patch that changes
 * nothing of an annotation that is deleted: it can be refused.
 */
export async function completePatches(
  hooks: HookCallers,
  context: HookContext,
  imageId: number,
  edits: readonly CleanEdit[],
  before: Before,
): Promise<readonly CleanEdit[]> {
  const updates = edits.filter(({ list }) => list === 'update' || list === 'restore');
  if (updates.length === 0 || !hooks.annotations.beforeUpdate.isUsed(context.projectId)) return edits;
  const value = {
    imageId,
    changes: updates.map((edit) => ({ before: toAnnotation(before(edit)), patch: toPatch(edit) })),
  };
  const result = (await hooks.annotations.beforeUpdate.call(value, context)) ?? value;
  if (result.changes === value.changes) return edits;
  const completed = new Map<string, CleanEdit>();
  updates.forEach((edit, i) => {
    const patch = result.changes[i]?.patch;
    if (
      !patch ||
      patch.uuid !== edit.uuid ||
      patch.revision !== edit.revision ||
      result.changes.length !== updates.length
    ) {
      throw new Error('A tap of annotations.beforeUpdate returned other changes than it was given.');
    }
    if (edit.list === 'update') completed.set(edit.uuid, readPatch(patch, edit.index));
  });
  return edits.map((edit) => completed.get(edit.uuid) ?? edit);
}

export async function mayDelete(
  hooks: HookCallers,
  context: HookContext,
  edits: readonly CleanEdit[],
  before: Before,
): Promise<void> {
  const deletions = edits.filter((edit) => edit.list === 'delete');
  if (deletions.length === 0 || !hooks.annotations.beforeDelete.isUsed(context.projectId)) return;
  await hooks.annotations.beforeDelete.call(
    deletions.map((edit) => toAnnotation(before(edit))),
    context,
  );
}

/** Verdicts can be refused, not rewritten: the verifier has seen and said what they said. */
export async function mayVerify(
  hooks: HookCallers,
  context: HookContext,
  edits: readonly CleanEdit[],
  before: Before,
): Promise<void> {
  const verdicts = edits.flatMap(({ list, verdict, ...edit }) =>
    list === 'verify' && verdict ? { annotation: toAnnotation(before({ list, ...edit })), verdict } : [],
  );
  if (verdicts.length === 0 || !hooks.annotations.beforeVerify.isUsed(context.projectId)) return;
  await hooks.annotations.beforeVerify.call(verdicts, context);
}

function toDraft(draft: CleanDraft): AnnotationDraft {
  return { uuid: draft.uuid, templateId: draft.templateId, geometry: draft.shape.geometry, ...texts(draft) };
}

function toPatch(edit: CleanEdit): AnnotationPatch {
  return {
    uuid: edit.uuid,
    revision: edit.revision,
    ...(edit.templateId === undefined ? {} : { templateId: edit.templateId }),
    ...(edit.shape === undefined ? {} : { geometry: edit.shape.geometry }),
    ...texts(edit),
    ...(edit.locked === undefined ? {} : { locked: edit.locked }),
    ...(edit.layerId === undefined ? {} : { layerId: edit.layerId }),
  };
}

function texts({ description, meta }: CleanContent): Pick<AnnotationPatch, 'description' | 'meta'> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(meta === undefined ? {} : { meta: JSON.parse(meta) as Annotation['meta'] }),
  };
}
