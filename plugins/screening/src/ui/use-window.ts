import type { View, ViewerFacade } from '@exact/sdk/ui';
import { computed, type Ref } from 'vue';

export interface WindowSize {
  readonly width: number;
  readonly height: number;
}

/** Size of what shows the image, CSS pixels. Across and down are those of the image: of one that lies on its side they are swapped. */
export function useWindow(viewer: ViewerFacade): Readonly<Ref<WindowSize>> {
  let last: WindowSize = { width: 800, height: 600 };
  return computed(() => {
    const size = windowOf(viewer.view.value);
    // the same size again is the same object: each move of the view asks
    if (size && (size.width !== last.width || size.height !== last.height)) last = size;
    return last;
  });
}

function windowOf({ bounds, downsample, rotation }: View): WindowSize | undefined {
  const [width, height] = [bounds.maxX - bounds.minX, bounds.maxY - bounds.minY].map((length) => length / downsample);
  if (!isUpright(rotation) || !(Number(width) > 0 && Number(height) > 0)) return undefined;
  return { width: Math.round(width ?? 0), height: Math.round(height ?? 0) };
}

/** Whether the edges of fields are parallel to those of the window: only then its corners are what is on the screen. */
export const isUpright = (rotation: number): boolean => rotation % 90 === 0;
