import { createClient, mediaContract, type Media } from '@exact/sdk/contract';

/** Addresses work for an hour; files that somebody else has added are seen after this at the latest. */
const FRESH_MS = 60_000;

/** The files of annotations, asked for when somebody rests on one or selects it. */
export interface FileFinder {
  /** Without those whose bytes are lost. */
  of(annotationUuid: string, signal?: AbortSignal): Promise<readonly Media[]>;
  /** Files of an annotation have changed. */
  forget(annotationUuid: string): void;
}

export function createFileFinder(): FileFinder {
  const client = createClient(mediaContract, { baseUrl: '/api/v2' });
  const known = new Map<string, { readonly atMs: number; readonly files: readonly Media[] }>();
  return {
    async of(annotationUuid, signal) {
      const before = known.get(annotationUuid);
      if (before && performance.now() - before.atMs < FRESH_MS) return before.files;
      const all = await client.list({ params: { annotationId: annotationUuid } }, signal);
      const files = all.filter(({ missing }) => !missing);
      known.set(annotationUuid, { atMs: performance.now(), files });
      return files;
    },
    forget: (annotationUuid) => void known.delete(annotationUuid),
  };
}
