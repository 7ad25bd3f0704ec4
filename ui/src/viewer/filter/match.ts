import { ATTRIBUTES_KEY, type Annotation } from '@exact/sdk/contract';
import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { metaByKey, type ShownFilter } from './shown-filter.ts';

/** What a filter looks at; what is not known is absent. */
export interface MatchFacts {
  readonly templateId: number;
  readonly authorId: number;
  readonly verdict?: 'accepted' | 'rejected' | undefined;
  readonly layerId?: number | null | undefined;
  readonly createdAt?: string | undefined;
  readonly updatedAt?: string | undefined;
  readonly description?: string | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Tells whether an annotation fits a filter, as the server would: for what is drawn and changed here, before it has stored it.
 * Undefined where that hangs on something that is not known here.
 */
export function createMatcher(filter: ShownFilter): (facts: MatchFacts) => boolean | undefined {
  const tests = [...testsOf(filter)];
  return (facts) => {
    let isKnown = true;
    for (const test of tests) {
      const answer = test(facts);
      if (answer === false) return false;
      isKnown &&= answer === true;
    }
    return isKnown ? true : undefined;
  };
}

function* testsOf(filter: ShownFilter): Generator<(facts: MatchFacts) => boolean | undefined> {
  const { templates, authors, layers, verdict, text, meta } = filter;
  if (templates) yield ({ templateId }) => templates.includes(templateId);
  if (authors) yield ({ authorId }) => authors.includes(authorId);
  if (layers) yield ({ layerId }) => (layerId === undefined ? undefined : layers.includes(layerId));
  if (verdict) yield (facts) => (facts.verdict ?? 'none') === verdict;
  if (filter.createdFrom ?? filter.createdTo)
    yield ({ createdAt }) => isWithin(createdAt, filter.createdFrom, filter.createdTo);
  if (filter.changedFrom ?? filter.changedTo)
    yield ({ updatedAt }) => isWithin(updatedAt, filter.changedFrom, filter.changedTo);
  if (text !== undefined) yield (facts) => hasText(facts, text.toLowerCase());
  if (meta) {
    const asked = metaByKey(meta);
    yield (facts) => facts.meta && hasMeta(facts.meta, asked);
  }
}

/** What is known of a loaded annotation. Times are those of the server's last word. */
export function factsOf(record: AnnotationRecord): MatchFacts {
  const { templateId, authorId, verdict, description, meta, full, revision } = record;
  const layerId = full ? (full.layerId ?? null) : revision === 0 ? null : undefined;
  return {
    ...{ templateId, authorId, verdict, description, meta, layerId },
    createdAt: full?.createdAt,
    updatedAt: full?.updatedAt,
  };
}

export const factsOfAnnotation = (annotation: Annotation): MatchFacts => ({
  ...annotation,
  verdict: annotation.verification?.verdict,
  layerId: annotation.layerId ?? null,
});

function isWithin(at: string | undefined, from = '0000', to = '9999-12-31T23:59:59.999Z'): boolean | undefined {
  if (at === undefined) return undefined;
  const time = Date.parse(at);
  return time >= Date.parse(from) && time < Date.parse(to);
}

function hasText({ description, meta }: MatchFacts, text: string): boolean | undefined {
  if (description === undefined || meta === undefined) return undefined;
  return description.toLowerCase().includes(text) || jsonText(meta).toLowerCase().includes(text);
}

/** As the database writes JSON: a space after each comma and colon, keys by length and then by bytes. */
function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const encoder = new TextEncoder();
  const keys = Object.keys(value).map((key) => ({ key, bytes: encoder.encode(key) }));
  keys.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
  const entries = keys.map(({ key }) => `${JSON.stringify(key)}: ${jsonText((value as Record<string, unknown>)[key])}`);
  return `{${entries.join(', ')}}`;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function hasMeta(
  meta: Readonly<Record<string, unknown>>,
  asked: ReadonlyMap<string, readonly (string | number | boolean)[]>,
): boolean {
  const attributes = meta[ATTRIBUTES_KEY];
  const places = [meta, ...(isRecord(attributes) ? [attributes] : [])];
  return [...asked].every(([key, values]) =>
    places.some((place) => {
      const found = Object.hasOwn(place, key) ? place[key] : undefined;
      return values.some((value) => (Array.isArray(found) ? found.includes(value) : found === value));
    }),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
