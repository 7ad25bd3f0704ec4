import { computed, watch, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useLayers } from '../projects/layers/use-layers.ts';
import { isShared, useWorkbench } from './workbench/index.ts';

/** "Guidance: read-only", while annotations of a layer that is shared with people who work blind are selected. */
export function useSharedNote(): ComputedRef<string> {
  const { image, selection, store, version } = useWorkbench();
  const { t } = useI18n();
  const { layers } = useLayers(computed(() => image.value.projectId));

  const shared = computed(
    () => (void version.value, selection.value.flatMap((uuid) => store.get(uuid) ?? []).filter(isShared)),
  );
  /** Most come without their layer until somebody looks at them; off line it stays unknown. */
  const unknown = computed(() => {
    const [only, ...more] = shared.value;
    return only && more.length === 0 && only.layerId === undefined ? only.uuid : undefined;
  });
  watch(unknown, (uuid) => uuid !== undefined && void store.details(uuid).catch(() => undefined), { immediate: true });

  return computed(() => {
    const [first, ...others] = shared.value;
    if (!first) return '';
    const isOne = others.every(({ layerId }) => layerId === first.layerId);
    const name = isOne ? layers.value.find(({ id }) => id === first.layerId)?.name : undefined;
    return name === undefined ? t('annotate.layer.lookOnly') : t('annotate.layer.lookOnlyNamed', { name });
  });
}
