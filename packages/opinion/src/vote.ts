import type { Geometry } from '@exact/geometry';

/** A geometry with a name that equal geometries share and others do not (a hash of its packed form). */
export interface Shape {
  readonly key: string;
  readonly geometry: Geometry;
}

/** What a vote is about: an object as it stood, with this template and this shape. */
export interface Content {
  readonly templateId: number;
  readonly shapeKey: string;
}

/** What becomes of an object. `reshape` with a template gives another class, too. */
export type Outcome =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'reject' }
  | { readonly verdict: 'relabel'; readonly templateId: number }
  | { readonly verdict: 'reshape'; readonly shape: Shape; readonly templateId?: number };

/** What a reader says. `unsure` is an opinion that nothing follows from; `none` takes the reader's vote back. */
export type Opinion = Outcome | { readonly verdict: 'unsure' } | { readonly verdict: 'none' };

export type Vote = Opinion & {
  readonly reader: number;
  /** Place in the log; of one reader's votes on the same content the highest counts. */
  readonly sequence: number;
  readonly judged: Content;
};

/** What an adjudicator has decided; the latest counts. */
export type Decision = Outcome & { readonly sequence: number; readonly judged: Content };

/** The object as it stands. */
export interface JudgedObject {
  readonly content: Content;
  /** Who made it and as what; absent for proposals of a program, which have no author's vote. */
  readonly author?: { readonly reader: number; readonly made: Content };
}

export const isSameContent = (a: Content, b: Content): boolean =>
  a.templateId === b.templateId && a.shapeKey === b.shapeKey;

/** What the object is once an outcome has been carried out; nothing is left of a rejected one. */
export function contentAfter(outcome: Outcome, content: Content): Content | undefined {
  switch (outcome.verdict) {
    case 'reject':
      return undefined;
    case 'accept':
      return content;
    case 'relabel':
      return { ...content, templateId: outcome.templateId };
    case 'reshape':
      return { templateId: outcome.templateId ?? content.templateId, shapeKey: outcome.shape.key };
  }
}
