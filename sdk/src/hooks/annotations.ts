import type { Annotation, AnnotationDraft, AnnotationPatch, VERDICT_CHOICES } from '../contract/annotations.ts';
import type { AnnotationFilter } from '../server/services.ts';
import { series, waterfall } from './define.ts';

/** Where a change came from: the viewer and other clients, an import, a job, or a plugin. */
export type ChangeOrigin = 'client' | 'import' | 'job' | `plugin:${string}`;

export interface ChangeSet {
  readonly projectId: number;
  readonly imageId: number;
  readonly changeId: string;
  readonly origin: ChangeOrigin;
  readonly created: readonly Annotation[];
  readonly updated: readonly Annotation[];
  readonly deleted: readonly Annotation[];
}

export interface DraftsOfImage {
  readonly imageId: number;
  readonly drafts: readonly AnnotationDraft[];
}
export interface PatchesOfImage {
  readonly imageId: number;
  readonly changes: readonly { readonly before: Annotation; readonly patch: AnnotationPatch }[];
}
export interface Verification {
  readonly annotation: Annotation;
  /** `none`: the verdict that stood before was taken back. */
  readonly verdict: (typeof VERDICT_CHOICES)[number];
}

/** What a tap answers holds together with what those before it have left: fields that it has dropped or changed stay, in `allOf`. */
function bothHold(given: AnnotationFilter, answer: AnnotationFilter): AnnotationFilter {
  const said: AnnotationFilter = { deleted: 'no', ...answer };
  const dropped = Object.entries({ deleted: 'no', ...given }).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(said[field as keyof AnnotationFilter]),
  );
  return dropped.length === 0 ? answer : { ...answer, allOf: [...(answer.allOf ?? []), Object.fromEntries(dropped)] };
}

export const annotationHooks = {
  visible: waterfall<AnnotationFilter>({
    policy: 'deny',
    budgetMs: 2000, // who is late refuses, and a slow answer is better than none
    since: '1.0',
    about: 'Narrows what the caller may see, for every door that reads annotations. A tap can only narrow.',
    narrow: bothHold,
  }),
  /**
   * Lets plugins complete or refuse annotations before they are stored.
   *
   * When: inside the transaction, after validation, before ids exist. Once per request, with the whole batch.
   * Value: drafts, in request order; coordinates are level-0 pixels. Return a new list of the same length, or nothing.
   * Refuse: throw a `defineError` error with a 4xx status; the request fails with it and nothing is stored.
   */
  beforeCreate: waterfall<DraftsOfImage>({
    policy: 'abort',
    budgetMs: 250,
    since: '1.0',
    about: 'Lets plugins complete or refuse new annotations: once a request, with the whole batch.',
    inTransaction: true,
  }),
  /** As {@link beforeCreate}. A restore is a patch that changes nothing of an annotation whose `before.deleted` is true. */
  beforeUpdate: waterfall<PatchesOfImage>({
    policy: 'abort',
    budgetMs: 250,
    since: '1.0',
    about: 'Lets plugins complete or refuse changes.',
    inTransaction: true,
  }),
  beforeDelete: series<readonly Annotation[]>({
    policy: 'abort',
    budgetMs: 250,
    since: '1.0',
    about: 'Lets plugins refuse deletions.',
    inTransaction: true,
  }),
  beforeVerify: waterfall<readonly Verification[]>({
    policy: 'abort',
    budgetMs: 250,
    since: '1.0',
    about: 'Lets plugins refuse verdicts.',
    inTransaction: true,
  }),
  afterCreate: series<ChangeSet>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells of new annotations, after the commit.',
  }),
  afterUpdate: series<ChangeSet>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells of changed annotations, after the commit.',
  }),
  afterDelete: series<ChangeSet>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells of deleted annotations, after the commit.',
  }),
  afterVerify: series<readonly Verification[]>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells of verdicts, after the commit.',
  }),
} as const;
