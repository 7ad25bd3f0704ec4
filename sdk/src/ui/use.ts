import { computed, inject, onScopeDispose, ref, watch, type InjectionKey, type Ref } from 'vue';
import { createClient, type Client } from '../contract/client.ts';
import type { Contract } from '../contract/endpoint.ts';
import type { LiveEvent } from '../contract/live.ts';
import type { ViewerFacade } from './viewer.ts';

/** What the shell tells a contribution about the place it stands in. */
export interface PluginPlace {
  readonly pluginId: string;
  readonly projectId: number;
  readonly imageSetId: number | undefined;
  readonly permissions: readonly string[];
  readonly settings: Readonly<Ref<Readonly<Record<string, unknown>>>>;
  /** Calls `handle` for live events of this project until the returned function is called. */
  onEvent(topic: LiveEvent['topic'], handle: (event: LiveEvent) => void): () => void;
  /** Says that something is the case (`<plugin>:<name>`), for commands with `when`, until the returned function is called. */
  enterContext(id: string): () => void;
  /** Keys that the person has for a command, for hints beside buttons; reactive. @since 1.0 */
  keysOf(commandId: string): readonly string[];
  /** Opens an image in the viewer, at an annotation where one is named. Contributions are mounted anew there. @since 1.0 */
  openImage(imageId: number, annotationUuid?: string): void;
  /** The shell's error display. */
  report(error: unknown): void;
}

export const PLACE_KEY: InjectionKey<PluginPlace> = Symbol.for('exact:place');
export const VIEWER_KEY: InjectionKey<ViewerFacade> = Symbol.for('exact:viewer');

function need<T>(key: InjectionKey<T>, what: string): T {
  const value = inject(key);
  if (value === undefined) throw new Error(`${what} is only there inside a contribution that the shell has mounted.`);
  return value;
}

/** Plugin, project and permissions of this contribution. */
export const usePlace = (): PluginPlace => need(PLACE_KEY, 'usePlace()');

/** The viewer; only in slots of the viewer and in `annotation.inspector`. */
export const useViewer = (): ViewerFacade => need(VIEWER_KEY, 'useViewer()');

/**
 * Micrometres for a level-0 pixel of the image in the viewer, following a change at once; undefined where they are not known. Then show
 * `<CalibrationPrompt />` and compute nothing: a scale is never assumed.
 *
 * @since 1.0
 */
export function useScale(): Readonly<Ref<{ readonly mppX: number; readonly mppY: number } | undefined>> {
  const { image } = useViewer();
  return computed(() => {
    const { mppX, mppY = mppX } = image.value;
    return mppX === undefined || mppY === undefined ? undefined : { mppX, mppY };
  });
}

/** This plugin's settings in the project; follows changes that a manager makes. */
export const useProjectSettings = <T extends Readonly<Record<string, unknown>>>(): Readonly<Ref<T>> =>
  usePlace().settings as Readonly<Ref<T>>;

/** The typed client of the plugin's own endpoints in this project. */
export function usePluginClient<C extends Contract>(endpoints: C): Client<C> {
  const place = usePlace();
  return createClient(endpoints, { baseUrl: `/api/v2/projects/${place.projectId}/plugins/${place.pluginId}` });
}

/** Listens to live events of the project as long as the component lives. */
export function useLiveEvent(topic: LiveEvent['topic'], handle: (event: LiveEvent) => void): void {
  onScopeDispose(usePlace().onEvent(topic, handle));
}

/** Commands of the manifest whose `when` is `id` can be used while `isOn` gives true and the component lives. */
export function useContextKey(id: string, isOn: () => boolean): void {
  const place = usePlace();
  watch(isOn, (on, _, onCleanup) => void (on && onCleanup(place.enterContext(id))), { immediate: true });
}

/**
 * A document of this plugin for the signed-in person, loaded at once and saved half a second after its last change.
 *
 * @param key      - name below the plugin, followed when it changes (`() => 'image:12'`)
 * @param fallback - value while nothing is stored
 */
export function useDocument<T extends object>(
  key: () => string,
  fallback: () => T,
): { readonly value: Ref<T>; readonly isLoaded: Ref<boolean> } {
  const place = usePlace();
  const value = ref(fallback()) as Ref<T>;
  const isLoaded = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pending: { url: string; body: string } | undefined;
  const urlOf = (name: string): string =>
    `/api/v2/projects/${place.projectId}/plugins/${place.pluginId}/documents/${encodeURIComponent(name)}`;

  const flush = (): void => {
    clearTimeout(timer);
    if (!pending) return;
    const { url, body } = pending;
    pending = undefined;
    // keepalive: the last change before the page closes still arrives
    fetch(url, { method: 'PUT', keepalive: true, headers: { 'content-type': 'application/json' }, body }).catch(
      place.report,
    );
  };
  watch(
    key,
    async (name, _, onCleanup) => {
      const abort = new AbortController();
      onCleanup(() => abort.abort());
      flush();
      isLoaded.value = false;
      try {
        const response = await fetch(urlOf(name), { signal: abort.signal });
        const stored = response.ok ? ((await response.json()) as { value: T | null }).value : null;
        value.value = { ...fallback(), ...stored };
        isLoaded.value = true;
      } catch (error) {
        if (!abort.signal.aborted) place.report(error);
      }
    },
    { immediate: true },
  );
  watch(
    value,
    (next, previous) => {
      if (!isLoaded.value || next !== previous) return; // a new object is what was just loaded
      pending = { url: urlOf(key()), body: JSON.stringify({ value: next }) };
      clearTimeout(timer);
      timer = setTimeout(flush, 500);
    },
    { deep: true },
  );
  onScopeDispose(flush);
  return { value, isLoaded };
}
