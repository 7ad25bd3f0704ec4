import type { Template } from '@exact/sdk/contract';
import { makeUuid } from '../../annotate/store/index.ts';
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
  else
    bench.update(stepName('draw'), [
      { op: 'create', uuid: makeUuid(), templateId: template.id, geometry: { kind: 'image' } },
    ]);
}
