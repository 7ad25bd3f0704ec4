import type { Bounds } from '@exact/geometry';
import type { AnnotationSource } from '../../annotate/store/index.ts';
import { api } from '../../app/api.ts';

/** Reads the annotations of an image from the server. The browser keeps the binary answers and asks whether they still hold (ETag). */
export function annotationSource(imageId: number): AnnotationSource {
  const params = { imageId };
  const within = (box: Bounds | undefined) => (box ? { box: [box.minX, box.minY, box.maxX, box.maxY].join(',') } : {});
  return {
    frame: async (signal, { box, large } = {}) =>
      (
        await api.annotations.frame({ params, query: { ...within(box), ...(large ? { large } : {}) } }, signal)
      ).arrayBuffer(),
    overview: async (signal) => (await api.annotations.overview({ params, query: {} }, signal)).arrayBuffer(),
    centres: async (box, withoutLarge, signal) =>
      (
        await api.annotations.centres(
          { params, query: { ...within(box), ...(withoutLarge ? { large: 'no' } : {}) } },
          signal,
        )
      ).arrayBuffer(),
    list: async (uuids) =>
      (
        await api.annotations.list({
          params,
          query: { uuids: uuids.join(','), deleted: 'all', limit: uuids.length },
        })
      ).items,
  };
}
