import { useViewer } from '@exact/sdk/ui';
import { computed, onScopeDispose, watch } from 'vue';
import { fieldAround } from '@exact/screening';
import { drawOnImage, drawOnMap, type PlanPicture } from './draw.ts';
import type { Screening } from './screening.ts';

/** Draws the plan over the image and the overview; a press in the overview goes to that field. */
export function usePicture(screening: Screening): void {
  const viewer = useViewer();
  const { open, preview, isOn, isShown, current } = screening;

  // a number: the time at a field, which changes each second, draws nothing anew
  const at = computed(() => current.value?.index);
  const picture = computed<PlanPicture | undefined>(() => {
    const made = preview.value;
    if (made)
      return {
        fields: made.grid.fields.filter(({ index }) => !made.isSkipped(index)),
        ...{ stateOf: () => 'unseen', isMine: () => true, isSkipped: () => false, isMarked: () => false },
        current: undefined,
        ...{ outline: made.outline, tint: made.tint },
      };
    const plan = open.value;
    if (!plan || !(isOn.value || isShown.value)) return undefined;
    const states = plan.states.value;
    const marks = new Set(plan.marks.value.map(({ field }) => field));
    return {
      fields: plan.grid.fields,
      stateOf: (index) => states[index] ?? 'unseen',
      isMine: plan.isMine,
      isSkipped: plan.isSkipped,
      isMarked: (index) => marks.has(index),
      current: isOn.value ? at.value : undefined,
      outline: plan.outline,
      tint: undefined,
    };
  });

  const onImage = viewer.addOverlay((ctx, toScreen, view) => {
    // beside the work of screening the net of fields would be in the way
    if (picture.value && (isOn.value || preview.value)) drawOnImage(ctx, toScreen, picture.value, view.bounds);
  });
  const onMap = viewer.navigator.addOverlay((ctx, toScreen, size) => {
    if (picture.value) drawOnMap(ctx, toScreen, picture.value, size);
  });
  watch(
    picture,
    () => {
      onImage.redraw();
      onMap.redraw();
    },
    { flush: 'post' },
  );
  onScopeDispose(onImage.dispose);
  onScopeDispose(onMap.dispose);
  onScopeDispose(
    viewer.navigator.onPress((x, y) => {
      const plan = open.value;
      if (!plan || !isOn.value) return false;
      const index = fieldAround(plan.grid, x, y)?.index;
      if (index === undefined || !plan.isMine(index)) return false;
      screening.goTo(index);
      return true;
    }),
  );
}
