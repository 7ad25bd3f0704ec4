import type { Bounds } from '@exact/geometry';
import type { View } from '@exact/sdk/ui';

/** What lies over the image at the edges of the window, CSS pixels. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

type PlacedView = Pick<View, 'centerX' | 'centerY' | 'downsample' | 'rotation' | 'flipped' | 'bounds'>;

/** Whether the edges of fields are parallel to those of the window: only then a box of the image is what is on the screen. */
export const isUpright = (rotation: number): boolean => rotation % 90 === 0;

/** Size of the window, CSS pixels; undefined while nothing is shown, and where the image is turned by other than quarters. */
export function windowOf({ bounds, downsample, rotation }: PlacedView): Extent | undefined {
  const [across, down] = [(bounds.maxX - bounds.minX) / downsample, (bounds.maxY - bounds.minY) / downsample];
  if (!isUpright(rotation) || !(across > 0 && down > 0)) return undefined;
  return rotation % 180 === 0 ? { width: across, height: down } : { width: down, height: across };
}

/** The box of the image that is in sight beside all that lies over it; undefined as of {@link windowOf}. Level-0 pixels. */
export function boxInSight(view: PlacedView, insets: Insets): Bounds | undefined {
  const window = windowOf(view);
  if (!window) return undefined;
  const { width, height } = sizeInSight(window, view.rotation, insets);
  const { x, y } = middleOf(view, insets, view.downsample);
  const [dx, dy] = [(width / 2) * view.downsample, (height / 2) * view.downsample];
  const [centerX, centerY] = [view.centerX + x, view.centerY + y];
  return { minX: centerX - dx, minY: centerY - dy, maxX: centerX + dx, maxY: centerY + dy };
}

/** How much is in sight along the axes of the image, CSS pixels. */
export function sizeInSight(window: Extent, rotation: number, { top, right, bottom, left }: Insets): Extent {
  const width = Math.max(0, window.width - left - right);
  const height = Math.max(0, window.height - top - bottom);
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Where the middle of the view has to be for a box to be in the middle of what is in sight. Level-0 pixels. */
export function centerFor(
  box: Bounds,
  view: Pick<View, 'rotation' | 'flipped'>,
  insets: Insets,
  downsample: number,
): { x: number; y: number } {
  const { x, y } = middleOf(view, insets, downsample);
  return { x: (box.minX + box.maxX) / 2 - x, y: (box.minY + box.maxY) / 2 - y };
}

/** From the middle of the window to the middle of what is in sight, level-0 pixels: the image is turned clockwise, then mirrored. */
function middleOf(
  { rotation, flipped }: Pick<View, 'rotation' | 'flipped'>,
  { top, right, bottom, left }: Insets,
  downsample: number,
): { x: number; y: number } {
  const across = ((left - right) / 2) * (flipped ? -1 : 1) * downsample;
  const down = ((top - bottom) / 2) * downsample;
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: across * cos + down * sin, y: down * cos - across * sin };
}
