import { type Bounds, FRAME_FLAGS } from '@exact/geometry';
import type { AnnotationFilter } from '@exact/sdk/server';

/** What filters look at, of a row that is not deleted and on the image; bounds in level-0 pixels. */
export interface HotFacts {
  readonly templateId: number;
  readonly authorId: number;
  /** 0: in no layer. */
  readonly layerId: number;
  readonly flags: number;
  readonly isLarge: boolean;
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** How rows are found that match all of some filters. */
export interface HotPlan {
  /** All of them touch this box. */
  readonly box: Bounds | undefined;
  /** The rest of the filters; nothing when the box alone decides. */
  readonly doesMatch: Test | undefined;
}
type Test = (facts: HotFacts) => boolean;

/** Filters that are understood in memory; all else is left to the database. */
const FIELDS = [
  'imageId',
  'templateIds',
  'authorIds',
  'layers',
  'box',
  'verified',
  'large',
  'deleted',
  'anyOf',
  'allOf',
];

/**
 * @param imageId - of the rows, none of which is deleted
 * @param filters - all of them must hold
 * @returns nothing when they are the database's to understand
 */
export function planOf(imageId: number, filters: readonly AnnotationFilter[]): HotPlan | undefined {
  // Left out in one of them, `deleted` keeps deleted ones away; in the others it may say that it does not care.
  if (!filters.some(({ deleted = 'no' }) => deleted === 'no')) return undefined;
  if (!filters.every((filter) => isKnown(imageId, filter))) return undefined;
  const box = filters.find((filter) => filter.box)?.box;
  const tests = filters.flatMap((filter) => testsOf(filter.box === box ? { ...filter, box: undefined } : filter));
  return { box, doesMatch: tests.length === 0 ? undefined : all(tests) };
}

function isKnown(imageId: number, filter: AnnotationFilter): boolean {
  const { box } = filter;
  return (
    filter.deleted !== 'only' &&
    (filter.imageId ?? imageId) === imageId &&
    // A box that is given by its other corners is not understood here.
    (!box || (box.minX <= box.maxX && box.minY <= box.maxY)) &&
    Object.entries(filter).every(([field, value]) => value === undefined || FIELDS.includes(field)) &&
    [...(filter.anyOf ?? []), ...(filter.allOf ?? [])].every((one) => isKnown(imageId, one))
  );
}

/** One test for each field that says something. */
function testsOf({
  templateIds,
  authorIds,
  layers,
  box,
  verified,
  large = 'all',
  anyOf,
  allOf = [],
}: Loose<AnnotationFilter>): readonly Test[] {
  const tests: Test[] = [];
  if (templateIds) tests.push(isAmong(templateIds, 'templateId'));
  if (authorIds) tests.push(isAmong(authorIds, 'authorId'));
  if (layers) {
    const ids = layers.map((id) => id ?? 0);
    tests.push(isAmong(ids, 'layerId'));
  }
  if (verified !== undefined) tests.push(({ flags }) => verdictOf(flags) === verified);
  if (large !== 'all') tests.push(({ isLarge }) => isLarge === (large === 'only'));
  if (box) tests.push((facts) => touches(facts, box));
  tests.push(...allOf.flatMap(testsOf));
  if (anyOf) {
    const choices = anyOf.map(testsOf).filter((choice) => !choice.includes(never));
    const [only] = choices;
    // Of a reader who works blind, where no layer is shown: one's own, and nothing to choose from.
    if (only && choices.length === 1) tests.push(...only);
    else tests.push(choices.length === 0 ? never : some(choices.map(all)));
  }
  return tests;
}
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

export const touches = (row: Bounds, { minX, minY, maxX, maxY }: Bounds): boolean =>
  row.minX <= maxX && row.maxX >= minX && row.minY <= maxY && row.maxY >= minY;

const never: Test = () => false;

/** Short ways for a single id, the most frequent question: tests are made for each of 10,000 rows and more. */
function isAmong(ids: readonly number[], field: 'templateId' | 'authorId' | 'layerId'): Test {
  const [only] = ids;
  if (only === undefined) return never;
  if (ids.length === 1) {
    if (field === 'authorId') return ({ authorId }) => authorId === only;
    if (field === 'layerId') return ({ layerId }) => layerId === only;
    return ({ templateId }) => templateId === only;
  }
  const set = new Set(ids);
  return (facts) => set.has(facts[field]);
}

function all(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (!first) return () => true;
  if (!second) return first;
  if (tests.length === 2) return (facts) => first(facts) && second(facts);
  return (facts) => tests.every((test) => test(facts));
}

function some(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first && second && tests.length === 2) return (facts) => first(facts) || second(facts);
  return (facts) => tests.some((test) => test(facts));
}

function verdictOf(flags: number): 'accepted' | 'rejected' | 'none' {
  return flags & FRAME_FLAGS.verified ? 'accepted' : flags & FRAME_FLAGS.rejected ? 'rejected' : 'none';
}
