import type { Bounds } from '@exact/geometry';
import type { View, ViewerFacade } from '@exact/sdk/ui';
import { computed, type Ref } from 'vue';
import { boxInSight, centerFor, sizeInSight, windowOf, type Extent, type Insets } from './sight.ts';

/** Where the number of the field stands at the top, and scale bar and notes at the bottom, CSS pixels. */
const EDGE = 44;
const SIDE = 8;
/** Between the overview and the edges of the window. */
const MAP_MARGIN = 12;

/** What of the window shows the image with nothing over it. */
export interface Sight {
  /** Along the axes of the image, CSS pixels. */
  readonly size: Readonly<Ref<Extent>>;
  boxOf(view: View): Bounds | undefined;
  /** Middle of a view in which a box is in the middle of what is in sight. */
  centerFor(box: Bounds, downsample: number): { x: number; y: number };
}

/** A field is only seen where neither the overview nor anything else lies over it: the overview takes a strip at one side. */
export function useSight(viewer: ViewerFacade): Sight {
  let last: Extent = { width: 800, height: 600 };
  const window = computed<Extent>(() => {
    const { width, height } = windowOf(viewer.view.value) ?? last;
    const size = { width: Math.round(width), height: Math.round(height) };
    // the same size again is the same object: each move of the view asks
    return size.width === last.width && size.height === last.height ? last : (last = size);
  });
  const insets = computed<Insets>(() => {
    const map = viewer.navigator.size.value;
    if (!map) return { top: EDGE, right: SIDE, bottom: EDGE, left: SIDE };
    const [right, bottom] = [map.width + 2 * MAP_MARGIN, Math.max(EDGE, map.height + 2 * MAP_MARGIN)];
    const { width, height } = window.value;
    // the side at which less is lost
    return (width - right) * (height - 2 * EDGE) >= (width - 2 * SIDE) * (height - EDGE - bottom)
      ? { top: EDGE, right, bottom: EDGE, left: SIDE }
      : { top: EDGE, right: SIDE, bottom, left: SIDE };
  });
  const size = computed(() => sizeInSight(window.value, viewer.view.value.rotation, insets.value));
  return {
    size,
    boxOf: (view) => boxInSight(view, insets.value),
    centerFor: (box, downsample) => centerFor(box, viewer.view.value, insets.value, downsample),
  };
}
