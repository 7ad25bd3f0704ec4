import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { api } from '../../../app/api.ts';
import { notify } from '../../../app/notices.ts';
import { useAction } from '../../../app/use-action.ts';
import { formatNumber } from '../../../i18n/format.ts';
import { useLayers } from '../../../projects/layers/use-layers.ts';
import { useProject } from '../../../projects/use-project.ts';
import { useWorkbench } from '../../../viewer/workbench/index.ts';

/** The layer before is asked for, a hundred a request, so that the step can be undone. */
const MOST = 2000;

/** Moves what is selected between the layers of the project; for managers. */
export function useLayerEdits() {
  const bench = useWorkbench();
  const { image, selection, store } = bench;
  const { t } = useI18n();
  const { isBusy, run } = useAction();
  const projectId = computed(() => image.value.projectId);
  const { project, may } = useProject(projectId);
  const { layers, reload } = useLayers(projectId);
  const mayManage = computed(() => bench.mayWrite && may('layers:write'));

  /** One step that can be taken back. @returns how many were moved */
  async function move(layerId: number | null, step: 'layer' | 'guidance'): Promise<number> {
    const uuids = [...selection.value];
    await store.ensureDetails(uuids);
    const moved = uuids.filter((uuid) => (store.get(uuid)?.layerId ?? null) !== layerId);
    if (moved.length > 0)
      bench.update(
        t(`annotate.steps.${step}`),
        moved.map((uuid) => ({ op: 'update', uuid, layerId })),
      );
    return moved.length;
  }

  /** A layer for guidance that readers see, made when the project has none. */
  async function guidanceLayer(): Promise<number> {
    const all = layers.value.filter(({ purpose }) => purpose === 'guidance');
    const known = all.find(({ shown }) => shown) ?? all[0];
    if (known) return known.id;
    const body = { name: t('annotate.layer.guidanceName'), purpose: 'guidance', shown: true } as const;
    const made = await api.layers.create({ params: { projectId: projectId.value }, body });
    await reload();
    return made.id;
  }

  function isFew(): boolean {
    if (selection.value.length <= MOST) return true;
    notify(t('annotate.layer.tooMany', { count: formatNumber(MOST) }));
    return false;
  }

  return {
    isBusy,
    layers,
    mayManage,
    project,
    moveInto: (layerId: number | null): Promise<unknown> =>
      isFew() ? run(() => move(layerId, 'layer')) : Promise.resolve(),
    markAsGuidance: (): Promise<unknown> =>
      isFew()
        ? run(async () => {
            const count = await move(await guidanceLayer(), 'guidance');
            if (count === 0) notify(t('annotate.layer.already'));
            else notify(t('annotate.layer.marked', { count: formatNumber(count) }, count));
          })
        : Promise.resolve(),
  };
}
