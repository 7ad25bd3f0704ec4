import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { choices } from '../choices.ts';

/**
 * Whether an annotation is kept from being changed by slip: it is locked for all, or this person has locked its class for
 * themselves. It can still be selected, looked at and verified.
 */
export const isLocked = (record: Pick<AnnotationRecord, 'isLocked' | 'templateId'> | undefined): boolean =>
  record !== undefined && (record.isLocked || choices.lockedTemplates.includes(record.templateId));
