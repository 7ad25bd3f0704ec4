import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { formatNumber } from '../../i18n/format.ts';
import { translate } from '../../i18n/index.ts';
import { choices } from '../choices.ts';
import type { Workbench } from './use-workbench.ts';

export type SelectionPlace = 'view' | 'image';

/**
 * Selects what fits a rule among what can be seen: wholly in view, or anywhere on the image. Labels of the whole image have no
 * place and are never meant. Where not everything is loaded, what is missing is said.
 *
 * @param all - how many there are in all, loaded or not, when that is known
 */
export function selectWhere(
  bench: Workbench,
  place: SelectionPlace,
  fits: (record: AnnotationRecord) => boolean,
  all?: number,
): void {
  const { store, layer } = bench;
  const box = bench.view.value.bounds;
  const records =
    place === 'view' ? layer.inside(box).flatMap((uuid) => store.get(uuid) ?? []) : store.query().filter(isShown);
  const uuids = records.filter((record) => record.geometry.kind !== 'image' && fits(record)).map(({ uuid }) => uuid);
  bench.select(uuids);
  const isWhole = place === 'view' ? store.isWhole(box) : store.shown.level === 'all';
  const count = formatNumber(uuids.length);
  const said = isWhole
    ? translate(uuids.length === 0 ? 'annotate.select.none' : 'annotate.select.done', { count })
    : all === undefined
      ? translate('annotate.select.loaded', { count })
      : translate('annotate.select.loadedOf', { count, all: formatNumber(all) });
  notify(bench.filter.isOn.value ? `${said} ${translate('viewer.filter.selected')}` : said);
}

const isShown = (record: AnnotationRecord): boolean => !choices.hiddenTemplates.includes(record.templateId);

/** Turns the selection around within the view; what is selected outside of it is let go. */
export function invertInView(bench: Workbench): void {
  const selected = new Set(bench.selection.value);
  selectWhere(bench, 'view', (record) => !selected.has(record.uuid));
}

/** Selects everything of a class. */
export const selectClass = (bench: Workbench, place: SelectionPlace, templateId: number): void =>
  selectWhere(
    bench,
    place,
    (record) => record.templateId === templateId,
    place === 'image' ? bench.store.countByTemplate().get(templateId) : undefined,
  );
