import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import type { AnnotationStore } from '../../annotate/store/index.ts';
import type { SlideViewer } from '../slide/slide-viewer.ts';

/**
 * Has the store load what the view needs, and the layer draw what stands in for the rest.
 *
 * @param perFrame - makes work run at most once a frame
 * @returns the way to stop it
 */
export function followView(
  { slide, layer, store }: { slide: SlideViewer; layer: AnnotationLayer; store: AnnotationStore },
  perFrame: (work: () => void) => () => void,
): () => void {
  const look = perFrame(() => {
    const view = slide.view();
    if (view) store.showView(view.bounds);
  });
  const stops = [slide.onView(look), store.onSummary(perFrame(() => layer.setSummary(store.summary)))];
  look();
  return () => stops.forEach((stop) => stop());
}
