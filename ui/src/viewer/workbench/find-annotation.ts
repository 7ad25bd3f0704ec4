import { bounds } from '@exact/geometry';
import { NotFoundError, ProblemError, type Annotation } from '@exact/sdk/contract';
import { api } from '../../app/api.ts';
import { translate } from '../../i18n/index.ts';
import { choices } from '../choices.ts';
import { flash } from './flash.ts';
import type { Workbench } from './use-workbench.ts';

const WHOLE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Shorter beginnings fit too much: the first signs of these ids are the time of drawing. */
export const ID_LEAST = 6;

export type Found =
  | { readonly kind: 'shown'; /** What keeps it from being seen, in words. */ readonly note?: string }
  /** On another image, which is to be opened. */
  | { readonly kind: 'elsewhere'; readonly imageId: number; readonly uuid: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Whether a text may be an id or the beginning of one. */
export const isIdLike = (text: string): boolean =>
  /^[0-9a-f-]{6,36}$/i.test(text.trim()) && /\d/.test(text) && text.trim().length >= ID_LEAST;

/**
 * Selects an annotation, goes there and flashes it, by its id or by the beginning of one that is loaded.
 *
 * @param options.isMoving - whether to go there; a permalink that names a place stays there
 */
export async function showAnnotation(
  bench: Workbench,
  text: string,
  options: { readonly isMoving?: boolean } = {},
): Promise<Found> {
  const { isMoving = true } = options;
  const id = text.trim().toLowerCase();
  const uuid = WHOLE_ID.test(id) ? id : matchOf(bench, id);
  if (typeof uuid !== 'string') return uuid;
  await bench.store.ensure([uuid]);
  const known = bench.store.get(uuid);
  if (known && !known.isDeleted) return { kind: 'shown', ...noteOf(present(bench, uuid, isMoving)) };
  const found = await read(uuid);
  if (!found) return { kind: 'refused', reason: translate('annotate.find.none', { id }) };
  if (found.imageId !== bench.image.value.id) return { kind: 'elsewhere', imageId: found.imageId, uuid };
  // deleted: its place is shown, but it cannot be selected
  if (isMoving) bench.slide.showBox(bounds(found.geometry, bench.image.value));
  flash(bench.layer, found.geometry);
  return { kind: 'shown', note: translate('annotate.find.deleted') };
}

const noteOf = (note: string | undefined): { note?: string } => (note === undefined ? {} : { note });

/** Selects what is loaded and draws the eye to it. @returns why it is not seen, if so */
export function present(bench: Workbench, uuid: string, isMoving = true): string | undefined {
  const record = bench.store.get(uuid);
  if (!record) return undefined;
  bench.select([uuid]);
  if (isMoving) bench.goTo(uuid);
  flash(bench.layer, record.geometry);
  if (bench.store.isExtra(uuid)) return translate('viewer.filter.found');
  if (bench.isHidden.value) return translate('annotate.find.allHidden');
  if (!choices.hiddenTemplates.includes(record.templateId)) return undefined;
  const name = bench.templates.value.find((item) => item.id === record.templateId)?.name ?? String(record.templateId);
  return translate('annotate.find.classHidden', { name });
}

function matchOf(bench: Workbench, start: string): string | Found {
  if (!isIdLike(start)) return { kind: 'refused', reason: translate('annotate.find.tooShort', { count: ID_LEAST }) };
  const fitting = bench.store.query().filter((record) => record.uuid.startsWith(start));
  const [first, second] = fitting;
  if (first && !second) return first.uuid;
  if (first)
    return { kind: 'refused', reason: translate('annotate.find.several', { id: start, count: fitting.length }) };
  const isAll = bench.store.shown.level === 'all';
  return {
    kind: 'refused',
    reason: translate(isAll ? 'annotate.find.none' : 'annotate.find.notLoaded', { id: start }),
  };
}

async function read(uuid: string): Promise<Annotation | undefined> {
  try {
    return await api.annotations.get({ params: { annotationId: uuid } });
  } catch (error) {
    if (error instanceof ProblemError && error.code === NotFoundError.code) return undefined;
    throw error;
  }
}
