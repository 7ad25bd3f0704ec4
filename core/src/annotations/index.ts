import type { EventOutbox } from '../db/outbox.ts';
import type { Services } from '../services.ts';
import { type ChangeAnnotations, createChange } from './change.ts';
import { type AnnotationReader, createAnnotationReader } from './read.ts';

export { annotationOperations, CURSOR_HEADER } from './operations.ts';
export { createPluginAnnotations, type ResolveAccess } from './plugin-service.ts';
export type { ChangeContext, ChangeResult } from './change.ts';

/** Annotations as the rest of core uses them: rights are checked by the caller, visibility and validity here. */
export interface CoreAnnotations extends AnnotationReader {
  readonly change: ChangeAnnotations;
}

export function createAnnotations(services: Services & { readonly outbox: EventOutbox }): CoreAnnotations {
  return { ...createAnnotationReader(services, services.outbox), change: createChange(services, services.outbox) };
}
