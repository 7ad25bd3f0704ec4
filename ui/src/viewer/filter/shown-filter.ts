/** A key of the meta data or an attribute, and the value that it has to have; written as people type it. */
export interface MetaCondition {
  readonly key: string;
  readonly value: string;
}

export const VERDICT_STATES = ['none', 'accepted', 'rejected'] as const;
export const MOMENTS = ['createdFrom', 'createdTo', 'changedFrom', 'changedTo'] as const;
export type Moment = (typeof MOMENTS)[number];

/**
 * Which annotations of an image are shown; everything given must hold. Moments are UTC instants as `toISOString` writes them:
 * a day begins elsewhere at another time, and a link has to show the same everywhere. `…From` is included, `…To` is not.
 */
export interface ShownFilter extends Partial<Readonly<Record<Moment, string>>> {
  readonly templates?: readonly number[];
  readonly authors?: readonly number[];
  /** `null`: what is in no layer. */
  readonly layers?: readonly (number | null)[];
  readonly verdict?: (typeof VERDICT_STATES)[number];
  /** In description or meta data, any case. */
  readonly text?: string;
  /** Of several values for one key one must be there. */
  readonly meta?: readonly MetaCondition[];
}

/** As the server takes them. */
export const MAX_TEXT = 200;
export const MAX_META_KEYS = 8;
export const MAX_META_VALUES = 8;

/** The same filter in its one normal form: lists sorted and without repetition, nothing empty. Equal filters are equal as JSON. */
export function normal(filter: ShownFilter): ShownFilter {
  const ids = (list: readonly number[] | undefined) => [...new Set(list)].sort((a, b) => a - b);
  const layers = [...new Set(filter.layers)].sort((a, b) => (a ?? 0) - (b ?? 0));
  const meta = [...new Map((filter.meta ?? []).map((item) => [JSON.stringify([item.key, item.value]), item])).values()]
    .filter(({ key }) => key !== '')
    .map(({ key, value }) => ({ key, value }))
    .sort((a, b) => compare(a.key, b.key) || compare(a.value, b.value));
  const text = filter.text?.trim() ?? '';
  const [templates, authors] = [ids(filter.templates), ids(filter.authors)];
  return {
    ...(templates.length > 0 ? { templates } : {}),
    ...(authors.length > 0 ? { authors } : {}),
    ...(layers.length > 0 ? { layers } : {}),
    ...(filter.verdict === undefined ? {} : { verdict: filter.verdict }),
    ...Object.fromEntries(MOMENTS.flatMap((name) => (filter[name] === undefined ? [] : [[name, filter[name]]]))),
    ...(text === '' ? {} : { text }),
    ...(meta.length > 0 ? { meta } : {}),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const isFiltering = (filter: ShownFilter): boolean => Object.keys(normal(filter)).length > 0;
export const isSameFilter = (a: ShownFilter, b: ShownFilter): boolean =>
  JSON.stringify(normal(a)) === JSON.stringify(normal(b));

/** What is wrong with a filter before anybody is asked. */
export type FilterProblem = 'createdOrder' | 'changedOrder' | 'textTooLong' | 'metaTooMuch';

export function problemOf(filter: ShownFilter): FilterProblem | undefined {
  const { createdFrom, createdTo, changedFrom, changedTo, text = '', meta = [] } = filter;
  // instants in one form: the order of their letters is the order of time
  if (createdFrom !== undefined && createdTo !== undefined && createdFrom >= createdTo) return 'createdOrder';
  if (changedFrom !== undefined && changedTo !== undefined && changedFrom >= changedTo) return 'changedOrder';
  if (text.trim().length > MAX_TEXT) return 'textTooLong';
  const byKey = new Map<string, number>();
  for (const { key } of meta) byKey.set(key, (byKey.get(key) ?? 0) + 1);
  const isMuch =
    byKey.size > MAX_META_KEYS ||
    [...byKey.values()].some((count) => count > MAX_META_VALUES) ||
    meta.some(({ key, value }) => key.length > MAX_TEXT || value.length > MAX_TEXT);
  return isMuch ? 'metaTooMuch' : undefined;
}

/** What typed text may stand for in meta data: the text itself, and the number or truth that is written so. */
export function typedValues(text: string): readonly (string | number | boolean)[] {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text));
  return isNumber ? [text, Number(text)] : [text];
}

/** Values by key, as they are asked for. */
export function metaByKey(meta: readonly MetaCondition[]): ReadonlyMap<string, readonly (string | number | boolean)[]> {
  const byKey = new Map<string, (string | number | boolean)[]>();
  for (const { key, value } of meta) byKey.set(key, [...(byKey.get(key) ?? []), ...typedValues(value)]);
  return byKey;
}

/** The filter in the words of the server. */
export function toQuery(filter: ShownFilter): Record<string, string> {
  const { templates, authors, layers, verdict, createdFrom, createdTo, changedFrom, changedTo, text, meta } = filter;
  return {
    ...(templates ? { templates: templates.join(',') } : {}),
    ...(authors ? { authors: authors.join(',') } : {}),
    ...(layers ? { layers: layers.map((id) => id ?? 'none').join(',') } : {}),
    ...(verdict ? { verified: verdict } : {}),
    ...(createdFrom ? { createdAfter: justBefore(createdFrom) } : {}),
    ...(createdTo ? { createdBefore: createdTo } : {}),
    ...(changedFrom ? { updatedAfter: justBefore(changedFrom) } : {}),
    ...(changedTo ? { updatedBefore: changedTo } : {}),
    ...(text ? { text } : {}),
    ...(meta ? { meta: JSON.stringify(Object.fromEntries(metaByKey(meta))) } : {}),
  };
}

/** The server leaves the moment itself out, and counts in microseconds. */
const justBefore = (instant: string): string => new Date(Date.parse(instant) - 1).toISOString().replace('Z', '999Z');

/** Both must hold. Undefined where nothing can. */
export function narrowed(
  filter: ShownFilter,
  by: { readonly templateId?: number; readonly isUnverified?: boolean },
): ShownFilter | undefined {
  const { templateId, isUnverified = false } = by;
  if (templateId !== undefined && filter.templates && !filter.templates.includes(templateId)) return undefined;
  if (isUnverified && filter.verdict !== undefined && filter.verdict !== 'none') return undefined;
  return {
    ...filter,
    ...(templateId === undefined ? {} : { templates: [templateId] }),
    ...(isUnverified ? { verdict: 'none' as const } : {}),
  };
}
