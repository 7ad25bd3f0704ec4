import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import type { AnnotationStore } from '../../annotate/store/index.ts';
import { report } from '../../app/problems.ts';

/** Screen pixels that a click may miss by, as in a hit test. */
const REACH_PX = 5;

/**
 * Finds what was clicked where only centres or counts are shown: loads what lies at the point.
 *
 * @returns uuids, smallest first; nothing at all where shapes are loaded and a hit test is enough
 */
export function findUnloaded(
  { layer, store }: { readonly layer: AnnotationLayer; readonly store: AnnotationStore },
  x: number,
  y: number,
): Promise<readonly string[]> | undefined {
  const scale = layer.view?.scale;
  const { level, isComplete } = store.shown;
  if (scale === undefined || level === 'all' || (level === 'shapes' && isComplete)) return undefined;
  return store.findAt(x, y, REACH_PX / scale).then(
    () => {
      // marks are small and close to each other: what lies under the pointer comes before what lies beside it
      const under = layer.hit(x, y, 1, { withPlain: true });
      return under.length > 0 ? under : layer.hit(x, y, REACH_PX, { withPlain: true });
    },
    (error: unknown) => {
      report(error);
      return [];
    },
  );
}
