import type { AnnotationSource } from '../../annotate/store/index.ts';
import { api } from '../../app/api.ts';

/** Reads the annotations of an image from the server. */
export const annotationSource = (imageId: number): AnnotationSource => ({
  frame: async (signal) => (await api.annotations.frame({ params: { imageId }, query: {} }, signal)).arrayBuffer(),
  list: async (uuids) =>
    (
      await api.annotations.list({
        params: { imageId },
        query: { uuids: uuids.join(','), deleted: 'all', limit: uuids.length },
      })
    ).items,
});
