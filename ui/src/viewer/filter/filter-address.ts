import { MOMENTS, normal, problemOf, VERDICT_STATES, type MetaCondition, type ShownFilter } from './shown-filter.ts';

/** The query of an address, as the router gives it. */
export type Query = Readonly<Record<string, unknown>>;

/** Names that the filter has in an address. No names of people in it: addresses are sent around. */
export const FILTER_NAMES = ['class', 'author', 'layer', 'verdict', ...MOMENTS, 'text', 'meta'] as const;

/** Part of an address that was left out since it says nothing. */
export interface AddressProblem {
  readonly name: string;
  readonly value: string;
}

const MAX_ID = 2_147_483_647;
const MAX_IDS = 200;
const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{3})?)?Z)?$/;

/** Writes a filter as the query of an address; {@link readFilter} reads it. */
export function writeFilter(filter: ShownFilter): Record<string, string | string[]> {
  const { templates, authors, layers, verdict, text, meta, ...moments } = normal(filter);
  return {
    ...(templates ? { class: templates.join(',') } : {}),
    ...(authors ? { author: authors.join(',') } : {}),
    ...(layers ? { layer: layers.map((id) => id ?? 'none').join(',') } : {}),
    ...(verdict ? { verdict } : {}),
    ...Object.fromEntries(Object.entries(moments).map(([name, at]) => [name, at.replace(/(:00)?\.000Z$/, 'Z')])),
    ...(text === undefined ? {} : { text }),
    ...(meta ? { meta: meta.map(writeCondition) } : {}),
  };
}

/** Reads the filter of an address, with the parts that make no sense: these are left out and must be told. Never throws. */
export function readFilter(query: Query): {
  readonly filter: ShownFilter;
  readonly problems: readonly AddressProblem[];
} {
  const problems: AddressProblem[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const value = [query[name]].flat()[0];
    if (value === undefined || value === null || value === '') return undefined;
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) problems.push({ name, value: String(value) });
    return parsed;
  };
  const found: ShownFilter = normal({
    ...given('templates', read('class', readIds)),
    ...given('authors', read('author', readIds)),
    ...given('layers', read('layer', readLayers)),
    ...given(
      'verdict',
      read('verdict', (text) => VERDICT_STATES.find((state) => state === text)),
    ),
    ...Object.assign({}, ...MOMENTS.map((name) => given(name, read(name, readInstant)))),
    ...given(
      'text',
      read('text', (text) => (isPlain(text) ? text : undefined)),
    ),
    ...given('meta', readMeta(query['meta'], problems)),
  });
  return { filter: withoutProblem(found, query, problems), problems };
}

/** Only what the filter says of an address, to be taken along to the next image. */
export const filterQuery = (query: Query): Record<string, string | string[]> => writeFilter(readFilter(query).filter);

/** Everything but the filter. */
export const withoutFilter = <T>(query: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(query).filter(([name]) => !FILTER_NAMES.includes(name as 'class')));

/** A filter as one text: how saved ones are kept. */
export function filterText(filter: ShownFilter): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(writeFilter(filter)))
    for (const one of [value].flat()) search.append(name, one);
  return search.toString();
}
export function readFilterText(text: string): ShownFilter {
  const search = new URLSearchParams(text);
  return readFilter(Object.fromEntries([...search.keys()].map((name) => [name, search.getAll(name)]))).filter;
}

function given<K extends keyof ShownFilter>(name: K, value: ShownFilter[K] | undefined): Partial<ShownFilter> {
  return value === undefined ? {} : { [name]: value };
}

/** An impossible whole (from after to, too much of it) loses the part that makes it so. */
function withoutProblem(filter: ShownFilter, query: Query, problems: AddressProblem[]): ShownFilter {
  const culprits = {
    createdOrder: 'createdTo',
    changedOrder: 'changedTo',
    textTooLong: 'text',
    metaTooMuch: 'meta',
  } as const;
  let left = filter;
  for (let problem = problemOf(left); problem; problem = problemOf(left)) {
    const name = culprits[problem];
    problems.push({ name, value: String(query[name]) });
    const { [name]: _, ...others } = left;
    left = others;
  }
  return left;
}

function readIds(text: string): number[] | undefined {
  const ids = text.split(',').map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : 0));
  return ids.length <= MAX_IDS && ids.every((id) => id > 0 && id <= MAX_ID) ? ids : undefined;
}

function readLayers(text: string): (number | null)[] | undefined {
  const parts = text.split(',');
  const ids = parts.filter((part) => part !== 'none');
  const numbers = ids.length === 0 ? [] : readIds(ids.join(','));
  return numbers && [...(ids.length < parts.length ? [null] : []), ...numbers];
}

function readInstant(text: string): string | undefined {
  const at = INSTANT.test(text) ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const writeCondition = ({ key, value }: MetaCondition): string =>
  `${encodeURIComponent(key)}=${encodeURIComponent(value)}`;

function readMeta(values: unknown, problems: AddressProblem[]): MetaCondition[] | undefined {
  const conditions = [values].flat().flatMap((value): MetaCondition[] => {
    if (value === undefined || value === null || value === '') return [];
    const condition = typeof value === 'string' ? readCondition(value) : undefined;
    if (condition) return [condition];
    problems.push({ name: 'meta', value: String(value) });
    return [];
  });
  return conditions.length === 0 ? undefined : conditions;
}

function readCondition(text: string): MetaCondition | undefined {
  const at = text.indexOf('=');
  if (at < 1) return undefined;
  try {
    const [key, value] = [decodeURIComponent(text.slice(0, at)), decodeURIComponent(text.slice(at + 1))];
    return isPlain(key) && isPlain(value) ? { key, value } : undefined;
  } catch {
    return undefined; // a % that begins nothing
  }
}
