import type { Template } from '@exact/sdk/contract';
import { makeUuid } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { translate } from '../../i18n/index.ts';
import { stepName } from './tool-host.ts';
import type { Workbench } from './use-workbench.ts';

/** Gives the whole image a label, or takes it away. */
export function toggleImageLabel(bench: Workbench, template: Template | undefined): void {
  if (!template) return;
  const present = bench.store
    .query()
    .filter((record) => record.geometry.kind === 'image' && record.templateId === template.id);
  if (present.length > 0)
    bench.update(
      stepName('delete'),
      present.map(({ uuid }) => ({ op: 'delete', uuid })),
    );
  else if (hasLabel(bench, template.id)) notify(translate('viewer.filter.hasLabel', { name: template.name }));
  else
    bench.update(stepName('draw'), [
      { op: 'create', uuid: makeUuid(), templateId: template.id, geometry: { kind: 'image' } },
    ]);
}

/** Whether the image has a label of a class, shown or not. */
export function hasLabel({ filter, store }: Pick<Workbench, 'filter' | 'store'>, templateId: number): boolean {
  const counts = [filter.totals.value, store.countByTemplate()];
  return counts.some((of) => (of?.get(templateId) ?? 0) > 0);
}
