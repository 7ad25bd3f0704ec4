import { inject, type InjectionKey, type Ref } from 'vue';
import type { Media } from '../contract/media.ts';

/** Files of the annotation that the inspector shows; in panels of the slot `annotation.inspector`. */
export interface AnnotationMedia {
  readonly annotationUuid: Readonly<Ref<string>>;
  /** In their order; empty while they are loading and where there are none. */
  readonly items: Readonly<Ref<readonly Media[]>>;
  readonly isLoading: Readonly<Ref<boolean>>;
  /** Asks for them again, for example when an address has ended. They follow the changes of others by themselves. */
  refresh(): Promise<void>;
}

/**
 * One file that a panel of the slot `annotation.media` shows in place of the browser's own image, audio or video element.
 * Which kinds a panel takes over stands in its manifest: `"accepts": ["audio"]`. With several panels for a kind, the one with the
 * smallest `order` plays.
 */
export interface ShownMedia {
  readonly item: Readonly<Ref<Media>>;
  /** Gives fresh addresses; call it when `item.value.url` answers 410 (it has ended). */
  refresh(): Promise<void>;
}

export const ANNOTATION_MEDIA_KEY: InjectionKey<AnnotationMedia> = Symbol.for('exact:annotation-media');
export const SHOWN_MEDIA_KEY: InjectionKey<ShownMedia> = Symbol.for('exact:shown-media');

function need<T>(key: InjectionKey<T>, what: string, slot: string): T {
  const value = inject(key);
  if (value === undefined) throw new Error(`${what} is only there in panels of the slot "${slot}".`);
  return value;
}

/** The files of the inspected annotation; in the slot `annotation.inspector`. @since 1.0 */
export const useAnnotationMedia = (): AnnotationMedia =>
  need(ANNOTATION_MEDIA_KEY, 'useAnnotationMedia()', 'annotation.inspector');

/** The file to play; in the slot `annotation.media`. @since 1.0 */
export const useShownMedia = (): ShownMedia => need(SHOWN_MEDIA_KEY, 'useShownMedia()', 'annotation.media');
