import type { Bounds } from '@exact/geometry';
import type { Annotation } from '@exact/sdk/contract';
import type { AnnotationRecord } from './annotation-table.ts';

/** What the store asks the server; a test gives its own. Frames, counts and centres may be filtered, lists by uuid never are. */
export interface AnnotationSource {
  /** Annotations as packed shapes: all of the image, or those that touch a box, by whether they are large (`LARGE_PX`). */
  frame(signal?: AbortSignal, query?: { readonly box?: Bounds; readonly large?: 'no' | 'only' }): Promise<ArrayBuffer>;
  /** Counts by template on the overview grid of the image. */
  overview(signal?: AbortSignal): Promise<ArrayBuffer>;
  /** Centres of those that touch a box. */
  centres(box: Bounds, withoutLarge: boolean, signal?: AbortSignal): Promise<ArrayBuffer>;
  /** All that have a place, as centres with their UUIDs. */
  namedCentres(signal?: AbortSignal): Promise<ArrayBuffer>;
  /** Whole annotations by uuid, deleted ones too; what may not be seen is left out. At most {@link MAX_ASKED} uuids. */
  list(uuids: readonly string[]): Promise<readonly Annotation[]>;
  /**
   * Whether frames, counts and centres hold an annotation: for what is changed here. Undefined where that cannot be told from what
   * is known of it; missing where nothing is left out. When it changes, {@link AnnotationStore.refilter} is to be called.
   */
  readonly matches?: ((record: AnnotationRecord) => boolean | undefined) | undefined;
}

export const MAX_ASKED = 100;
