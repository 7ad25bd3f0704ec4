import type { ViewerFacade } from '@exact/sdk/ui';
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import type { Recording } from '../recording/use-recording.ts';
import type { FileFinder } from './find-files.ts';
import { playableOf, type Playable } from './playable.ts';

/** What the pointer rests on, and what that has to be played. */
export interface Hovered {
  readonly uuid: string;
  readonly playable: Playable;
}

/** Passed over on the way to something else: no request for each. */
const REST_MS = 90;

/** Follows the pointer, and finds out what the annotation below it holds before its key is pressed. */
export function useHover(
  viewer: ViewerFacade,
  recording: Recording,
  finder: FileFinder,
): Readonly<Ref<Hovered | undefined>> {
  const hovered = shallowRef<Hovered>();
  const below = shallowRef<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = new AbortController();

  watch(viewer.pointer, (at) => (below.value = at && viewer.annotations.at(at)[0]));
  watch(below, (uuid) => {
    abort.abort();
    abort = new AbortController();
    clearTimeout(timer);
    hovered.value = undefined;
    if (uuid === undefined) return;
    const { signal } = abort;
    timer = setTimeout(() => {
      playableOf(viewer, recording, finder, uuid, signal).then(
        (playable) => {
          if (!signal.aborted && playable) hovered.value = { uuid, playable };
        },
        () => undefined, // somebody only moved the mouse: selecting the annotation will tell what is wrong
      );
    }, REST_MS);
  });
  onScopeDispose(() => {
    clearTimeout(timer);
    abort.abort();
  });
  return hovered;
}
