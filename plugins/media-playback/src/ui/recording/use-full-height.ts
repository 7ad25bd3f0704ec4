import type { ViewerFacade } from '@exact/sdk/ui';
import { watch } from 'vue';
import type { SpectrogramGrid } from '../../shared/model.ts';
import type { Recording } from './use-recording.ts';

/** Less of a long recording than this, in CSS pixels, is a line and no picture. */
const FLAT_PX = 64;
/** Room above and below, where the ticks and the scale are. */
const ROOM = 1.2;

/** Fills the height of the stage with all frequencies, at a place of the recording or at its beginning. */
export function showFullHeight(viewer: ViewerFacade, { rows, columns }: SpectrogramGrid, column = 0): void {
  const { bounds, downsample } = viewer.view.value;
  const wanted = (rows * ROOM * downsample) / Math.max(1, bounds.maxY - bounds.minY);
  const half = ((bounds.maxX - bounds.minX) / downsample) * wanted * 0.5;
  const x = half * 2 >= columns ? columns / 2 : Math.min(columns - half, Math.max(half, column));
  viewer.goTo({ x, y: rows / 2, downsample: wanted }, { isImmediate: true });
}

/** Opened as a whole, a recording of some minutes is a line: then it is shown from its beginning, in full height. */
export function useFullHeight(viewer: ViewerFacade, { grid }: Recording): void {
  let shownFor: number | undefined;
  watch(
    [grid, viewer.view],
    ([shown, { downsample, bounds }]) => {
      const { id } = viewer.image.value;
      if (!shown || !(downsample > 0) || bounds.maxX <= bounds.minX || shownFor === id) return;
      shownFor = id;
      const isWhole = bounds.minX <= 0 && bounds.maxX >= shown.columns;
      if (isWhole && shown.rows / downsample < FLAT_PX) showFullHeight(viewer, shown);
    },
    { immediate: true },
  );
}
