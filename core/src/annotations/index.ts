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
  /** For those who write in another way: what this process holds ready of the image is old from now on. */
  touch(imageId: number): void;
}

export function createAnnotations(services: Services & { readonly outbox: EventOutbox }): CoreAnnotations {
  const { revisions, ...reader } = createAnnotationReader(services, services.outbox);
  const change = createChange(services, services.outbox);
  return {
    ...reader,
    async change(principal, projectId, imageId, ...rest) {
      try {
        return await change(principal, projectId, imageId, ...rest);
      } finally {
        // Also after a failure: a lost connection does not tell whether the change was stored.
        revisions.touch(imageId);
      }
    },
    touch: revisions.touch,
  };
}
