import { ExactError } from '@exact/sdk/contract';
import type { EventOutbox } from '../db/outbox.ts';
import type { SeeingServices } from '../auth/seeing.ts';
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

export function createAnnotations(services: SeeingServices & { readonly outbox: EventOutbox }): CoreAnnotations {
  const { revisions, hot: _hot, ...reader } = createAnnotationReader(services, services.outbox);
  const change = createChange(services, services.outbox);
  return {
    ...reader,
    async change(principal, projectId, imageId, ...rest) {
      try {
        const result = await change(principal, projectId, imageId, ...rest);
        revisions.touch(
          imageId,
          result.items.map(({ uuid }) => uuid),
        );
        return result;
      } catch (error) {
        // A refusal has stored nothing; after anything else, nobody knows.
        if (!(error instanceof ExactError)) revisions.touch(imageId);
        throw error;
      }
    },
    touch: revisions.touch,
  };
}
