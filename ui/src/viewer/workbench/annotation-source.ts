import type { Bounds } from '@exact/geometry';
import type { AnnotationRecord, AnnotationSource } from '../../annotate/store/index.ts';
import { api } from '../../app/api.ts';
import { createMatcher, factsOf } from '../filter/match.ts';
import { isFiltering, toQuery, type ShownFilter } from '../filter/shown-filter.ts';

/** A source of which a part can be asked for; the store has to be told, see `AnnotationStore.refilter`. */
export interface FilteredSource extends AnnotationSource {
  setFilter(filter: ShownFilter): void;
}

/**
 * Reads the annotations of an image from the server. The browser keeps the binary answers and asks whether they still hold (ETag).
 * The counts, which the first picture needs, are asked for at once: while they are on their way the viewer is built.
 */
export function annotationSource(imageId: number, signal: AbortSignal, filter: ShownFilter): FilteredSource {
  const params = { imageId };
  let filtered: Record<string, string> = {};
  let matches: ((record: AnnotationRecord) => boolean | undefined) | undefined;
  function setFilter(next: ShownFilter): void {
    filtered = toQuery(next);
    const match = createMatcher(next);
    matches = isFiltering(next) ? (record) => match(factsOf(record)) : undefined;
    first = undefined;
  }
  const readOverview = async (until?: AbortSignal): Promise<ArrayBuffer> =>
    (await api.annotations.overview({ params, query: filtered }, until)).arrayBuffer();
  let first: Promise<ArrayBuffer> | undefined;
  setFilter(filter);
  first = readOverview(signal);
  first.catch(() => undefined); // who asks for it hears of its failure
  const within = (box: Bounds | undefined) => (box ? { box: [box.minX, box.minY, box.maxX, box.maxY].join(',') } : {});
  return {
    setFilter,
    get matches() {
      return matches;
    },
    frame: async (signal, { box, large } = {}) =>
      (
        await api.annotations.frame(
          { params, query: { ...filtered, ...within(box), ...(large ? { large } : {}) } },
          signal,
        )
      ).arrayBuffer(),
    overview(until) {
      const early = first;
      first = undefined;
      return early ?? readOverview(until);
    },
    centres: async (box, withoutLarge, signal) =>
      (
        await api.annotations.centres(
          { params, query: { ...filtered, ...within(box), ...(withoutLarge ? { large: 'no' } : {}) } },
          signal,
        )
      ).arrayBuffer(),
    namedCentres: async (until) =>
      (await api.annotations.centres({ params, query: { ...filtered, with: 'uuids' } }, until)).arrayBuffer(),
    list: async (uuids) =>
      (
        await api.annotations.list({
          params,
          query: { uuids: uuids.join(','), deleted: 'all', limit: uuids.length },
        })
      ).items,
  };
}
