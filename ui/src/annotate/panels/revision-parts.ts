import type { AnnotationRevision } from '@exact/sdk/contract';

export type RevisionPart = 'shape' | 'template' | 'description' | 'meta' | 'lock' | 'layer';

/** What one revision has changed against the one before it. */
export function changedParts(before: AnnotationRevision, after: AnnotationRevision): RevisionPart[] {
  const parts: RevisionPart[] = [];
  if (!isSame(before.geometry, after.geometry)) parts.push('shape');
  if (before.templateId !== after.templateId) parts.push('template');
  if (before.description !== after.description) parts.push('description');
  if (!isSame(before.meta, after.meta)) parts.push('meta');
  if (before.locked !== after.locked) parts.push('lock');
  if (before.layerId !== after.layerId) parts.push('layer');
  return parts;
}

/** Whether going back from one to the other would change anything that people write. */
export function isSameContent(a: AnnotationRevision, b: AnnotationRevision): boolean {
  return !a.deleted && !b.deleted && changedParts(a, b).every((part) => part === 'lock' || part === 'layer');
}

// Both come from the database, which keeps keys in one order.
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
