import type { ViewerFacade } from '@exact/sdk/ui';
import { onScopeDispose, watch } from 'vue';
import type { ViewerState } from '../viewer-state.ts';
import type { FileFinder } from './find-files.ts';
import { playableOf } from './playable.ts';
import { playBox } from './play-box.ts';

/** Looked at for a moment only while one clicks through: not a sound for each. */
const SETTLE_MS = 120;

/** Plays what an annotation holds as soon as it alone is selected, for people who like that. */
export function usePlayOnSelect(
  viewer: ViewerFacade,
  state: ViewerState,
  finder: FileFinder,
  { onFailure }: { readonly onFailure: (error: unknown) => void },
): void {
  let release: (() => void) | undefined;
  const letGo = (): void => {
    release?.();
    release = undefined;
  };
  watch(
    () => (viewer.annotations.selection.value.length === 1 ? viewer.annotations.selection.value[0] : undefined),
    (uuid, _, onCleanup) => {
      const abort = new AbortController();
      onCleanup(() => abort.abort());
      letGo(); // the sound of the one before ends with its selection
      state.wished.value = undefined;
      if (uuid === undefined) state.recording.player.value?.transport.pause();
      else {
        const timer = setTimeout(() => {
          // a page that was only opened, by a link to an object, may not sound, and nobody has asked it to
          if (state.isLoaded.value && state.liking.value.playOnSelect && navigator.userActivation.hasBeenActive)
            play(uuid, abort.signal).catch((error: unknown) => {
              if (!abort.signal.aborted) onFailure(error);
            });
        }, SETTLE_MS);
        onCleanup(() => clearTimeout(timer));
      }
    },
  );
  async function play(uuid: string, signal: AbortSignal): Promise<void> {
    const found = await playableOf(viewer, state.recording, finder, uuid, signal);
    if (signal.aborted || !found) return;
    if (found.kind === 'video') state.wished.value = found.item.uuid;
    else if (found.kind === 'box') await playBox(state, found.box);
    else if (found.kind === 'audio') {
      const held = state.pool.acquire(found.item);
      release = held.release;
      await held.player.playEvenly((transport) => {
        transport.seek(0);
        return transport.play();
      });
    }
  }
  onScopeDispose(letGo);
}
