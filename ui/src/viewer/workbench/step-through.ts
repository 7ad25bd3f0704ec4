import { bounds } from '@exact/geometry';
import { api } from '../../app/api.ts';
import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { translate } from '../../i18n/index.ts';
import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { narrowed, toQuery } from '../filter/shown-filter.ts';
import { preloadBox } from '../slide/preload.ts';
import type { Workbench } from './use-workbench.ts';

/** Which annotations are gone through. */
export interface StepFilter {
  readonly templateId?: number;
  readonly isUnverified?: boolean;
}
type Direction = 'next' | 'previous';

/** Where somebody is who goes through annotations, while nothing is selected: by image store. */
const places = new WeakMap<object, string>();
/** What was found ahead, for the next press in the same direction. */
const ahead = new WeakMap<object, { readonly from: string; readonly way: string; readonly step: Step }>();
/** A second press overtakes the first, whose answer is dropped. */
const latest = new WeakMap<object, number>();

/**
 * Selects the next annotation in the order in which they were made and goes there, round and round; the one after it is fetched
 * ahead. Where not all are loaded the server is asked.
 */
export async function step(bench: Workbench, direction: Direction, filter: StepFilter): Promise<void> {
  const { store } = bench;
  const turn = (latest.get(store) ?? 0) + 1;
  latest.set(store, turn);
  try {
    const from = bench.selection.value[0] ?? places.get(store);
    const shown = JSON.stringify(bench.filter.current.value);
    const way = `${direction} ${filter.templateId} ${filter.isUnverified} ${shown}`;
    const known = ahead.get(store);
    const isKnown = known?.from === from && known?.way === way && fits(store.get(known.step.uuid), filter);
    const found = isKnown ? known?.step : await find(bench, from, direction, filter);
    if (latest.get(store) !== turn) return;
    if (!found) return notify(translate(filter.isUnverified ? 'annotate.step.noneUnverified' : 'annotate.step.none'));
    if (found.isRound) notify(translate('annotate.step.round'));
    places.set(store, found.uuid);
    bench.select([found.uuid]);
    bench.goTo(found.uuid);
    const after = await find(bench, found.uuid, direction, filter);
    const record = after && store.get(after.uuid);
    if (!record || after.uuid === found.uuid || latest.get(store) !== turn) return;
    ahead.set(store, { from: found.uuid, way, step: after });
    preloadBox(bench.slide.osd, bench.image.value.width, bounds(record.geometry, bench.image.value));
  } catch (error) {
    report(error);
  }
}

/** Labels of the whole image are passed over, one request each; an image has few. */
const MAX_ASKS = 30;

interface Step {
  readonly uuid: string;
  /** The end was passed. */
  readonly isRound: boolean;
}

function find(
  bench: Workbench,
  from: string | undefined,
  direction: Direction,
  filter: StepFilter,
): Step | undefined | Promise<Step | undefined> {
  if (bench.store.shown.level === 'all') return findLoaded(bench.store.query(), from, direction, filter);
  return findOnServer(bench, from, direction, filter);
}

type Stepped = Pick<AnnotationRecord, 'uuid' | 'templateId' | 'isVerified' | 'geometry'>;

const fits = (
  record: (Stepped & { readonly isDeleted?: boolean }) | undefined,
  { templateId, isUnverified }: StepFilter,
): boolean =>
  record !== undefined &&
  record.isDeleted !== true &&
  (templateId === undefined || record.templateId === templateId) &&
  !(isUnverified === true && record.isVerified) &&
  record.geometry.kind !== 'image';

/** Among all annotations in their order; exported for its test. */
export function findLoaded(
  all: readonly Stepped[],
  from: string | undefined,
  direction: Direction,
  filter: StepFilter,
): Step | undefined {
  const by = direction === 'next' ? 1 : -1;
  const start = from === undefined ? -1 : all.findIndex((record) => record.uuid === from);
  const first = start < 0 ? (by > 0 ? 0 : all.length - 1) : start + by;
  for (let i = 0; i < all.length; i++) {
    const at = first + by * i;
    const record = all[((at % all.length) + all.length) % all.length];
    if (!record || !fits(record, filter)) continue;
    return { uuid: record.uuid, isRound: start >= 0 && (at < 0 || at >= all.length) };
  }
  return undefined;
}

async function findOnServer(
  { store, image, filter }: Workbench,
  from: string | undefined,
  direction: Direction,
  by: StepFilter,
): Promise<Step | undefined> {
  const wanted = narrowed(filter.current.value, by);
  if (!wanted) return undefined;
  const ask = (after: string | undefined) =>
    api.annotations.next({
      params: { imageId: image.value.id },
      query: {
        direction,
        ...(after === undefined ? {} : { after }),
        ...toQuery(wanted),
      },
    });
  // what the server has not heard of yet comes after everything it has
  let after = from !== undefined && (store.get(from)?.revision ?? 1) > 0 ? from : undefined;
  let isRound = false;
  for (let i = 0; i < MAX_ASKS; i++) {
    const found = await ask(after);
    if (!found) {
      if (isRound || after === undefined) return undefined;
      [isRound, after] = [true, undefined];
    } else if (found.geometry.kind === 'image') after = found.uuid;
    else {
      await store.ensure([found.uuid]);
      return store.get(found.uuid) ? { uuid: found.uuid, isRound } : undefined;
    }
  }
  return undefined;
}

/** Goes through what is wholly in view, without moving it. */
export function stepInView(bench: Workbench, direction: Direction): void {
  const shown = new Set(bench.layer.inside(bench.view.value.bounds));
  const all = bench.store.query(bench.view.value.bounds).filter(({ uuid }) => shown.has(uuid));
  // ids begin with the time of making, which is the order everywhere else
  all.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  const found = findLoaded(all, bench.selection.value[0], direction, {});
  if (!found) return notify(translate('annotate.step.noneInView'));
  bench.select([found.uuid]);
}
