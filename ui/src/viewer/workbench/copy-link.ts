import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { translate } from '../../i18n/index.ts';
import { filterText } from '../filter/filter-address.ts';
import { writePlace } from '../slide/view-math.ts';
import type { Workbench } from './use-workbench.ts';

/** Puts a link on the clipboard: to the selected annotation where it is one, and to the view. No names are in it. */
export async function copyLink(bench: Workbench): Promise<void> {
  const { centerX: x, centerY: y, downsample, rotation } = bench.view.value;
  const [uuid, ...others] = bench.selection.value;
  const annotation = others.length === 0 ? uuid : undefined;
  const query = new URLSearchParams(writePlace({ x, y, downsample, rotation }, annotation));
  const filter = filterText(bench.filter.current.value);
  const link = `${window.location.origin}/images/${bench.image.value.id}?${query}${filter && `&${filter}`}`;
  try {
    await navigator.clipboard.writeText(link);
    notify(translate(annotation === undefined ? 'annotate.link.view' : 'annotate.link.annotation'));
  } catch (error) {
    report(error, translate('annotate.link.failed', { link }));
  }
}
