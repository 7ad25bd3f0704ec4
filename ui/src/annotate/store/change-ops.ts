import type { Geometry } from '@exact/geometry';
import type { Annotation, AnnotationChanges, VERDICT_CHOICES } from '@exact/sdk/contract';

export type Verdict = NonNullable<Annotation['verification']>['verdict'];
/** `none` takes a verdict back. */
export type VerdictChoice = (typeof VERDICT_CHOICES)[number];

/** What of an annotation people change. */
export interface Content {
  readonly templateId?: number;
  readonly geometry?: Geometry;
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Of one that is there already: a new one is never locked. */
  readonly locked?: boolean;
  /** `null`: in no layer. Managers only. */
  readonly layerId?: number | null;
}

/**
 * One step of a change. `base` is the revision that the person saw when making it, by which the server finds out whether
 * somebody else was quicker; {@link OWN} while it builds on an own step that the server has not answered yet.
 */
export type ChangeOp =
  | ({
      readonly op: 'create';
      readonly uuid: string;
      readonly templateId: number;
      readonly geometry: Geometry;
    } & Content)
  | ({ readonly op: 'update'; readonly uuid: string; readonly base: number } & Content)
  | { readonly op: 'delete'; readonly uuid: string; readonly base: number }
  | { readonly op: 'restore'; readonly uuid: string; readonly base: number }
  | { readonly op: 'verify'; readonly uuid: string; readonly base: number; readonly verdict: VerdictChoice };

/** Stands for "the revision that my step before this one will get". */
export const OWN = 0;

/** The request that carries these steps. */
export function toRequest(changeId: string, ops: readonly ChangeOp[]): AnnotationChanges {
  const of = <K extends ChangeOp['op']>(kind: K) =>
    ops.filter((op): op is Extract<ChangeOp, { op: K }> => op.op === kind);
  const ref = (op: { uuid: string; base: number }) => ({ uuid: op.uuid, revision: op.base });
  const lists = {
    create: of('create').map(({ op: _op, ...draft }) => draft),
    update: of('update').map(({ op: _op, base, ...patch }) => ({ ...patch, revision: base })),
    delete: of('delete').map(ref),
    restore: of('restore').map(ref),
    verify: of('verify').map((op) => ({ ...ref(op), verdict: op.verdict })),
  };
  return { changeId, ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) };
}

/** Two updates of one annotation as one; what the later says wins. */
export function mergeUpdates(
  first: ChangeOp & { op: 'update' },
  later: ChangeOp & { op: 'update' },
): ChangeOp & { op: 'update' } {
  return { ...first, ...later, base: first.base };
}
