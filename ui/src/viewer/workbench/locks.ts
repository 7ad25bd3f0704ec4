import { shallowRef } from 'vue';
import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { translate } from '../../i18n/index.ts';
import { choices } from '../choices.ts';

/** Who works blind in the open project; nobody where people see each other's work. */
const blindReader = shallowRef<number>();
export function workBlindAs(userId: number | undefined): void {
  blindReader.value = userId;
}

/**
 * Whether an annotation is in a layer that is shared with people who work blind: the server lets them see and judge it, not change
 * it. They see nobody else's own work, so whatever is not theirs is in such a layer; what they drew themselves may be in one as
 * well, which is known once somebody has looked at it.
 */
export const isShared = (record: Pick<AnnotationRecord, 'authorId' | 'layerId'> | undefined): boolean =>
  record !== undefined &&
  blindReader.value !== undefined &&
  (record.authorId !== blindReader.value || typeof record.layerId === 'number');

/**
 * Whether an annotation is kept from being changed: it is locked for all, this person has locked its class for themselves, or it is
 * {@link isShared}. It can still be selected, looked at and judged.
 */
export const isLocked = (
  record: Pick<AnnotationRecord, 'isLocked' | 'templateId' | 'authorId' | 'layerId'> | undefined,
): boolean =>
  record !== undefined && (record.isLocked || choices.lockedTemplates.includes(record.templateId) || isShared(record));

/** Tells why something was not done to annotations of which at least one is locked. */
export function tellLocked(records: readonly (AnnotationRecord | undefined)[]): void {
  notify(translate(records.some(isShared) ? 'annotate.layer.readOnlyLong' : 'annotate.toolNotes.locked'));
}
