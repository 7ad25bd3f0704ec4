import type { Bounds } from '@exact/geometry';
import type { AnnotationSource } from '../../annotate/store/index.ts';
import { api } from '../../app/api.ts';

/**
 * Reads the annotations of an image from the server. The browser keeps the binary answers and asks whether they still hold (ETag).
 * The counts, which the first picture needs, are asked for at once: while they are on their way the viewer is built.
 */
export function annotationSource(imageId: number, signal: AbortSignal): AnnotationSource {
  const params = { imageId };
  const readOverview = async (until?: AbortSignal): Promise<ArrayBuffer> =>
    (await api.annotations.overview({ params, query: {} }, until)).arrayBuffer();
  let first: Promise<ArrayBuffer> | undefined = readOverview(signal);
  first.catch(() => undefined); // who asks for it hears of its failure
  const within = (box: Bounds | undefined) => (box ? { box: [box.minX, box.minY, box.maxX, box.maxY].join(',') } : {});
  return {
    frame: async (signal, { box, large } = {}) =>
      (
        await api.annotations.frame({ params, query: { ...within(box), ...(large ? { large } : {}) } }, signal)
      ).arrayBuffer(),
    overview(until) {
      const early = first;
      first = undefined;
      return early ?? readOverview(until);
    },
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
