import type { ViewerFacade } from '@exact/sdk/ui';
import { shallowReactive, type Ref } from 'vue';
import type { Liking } from './liking.ts';
import type { PlayerPool } from './playing/player-pool.ts';
import type { ShownDisplay } from './recording/use-display.ts';
import type { Recording } from './recording/use-recording.ts';

/**
 * What belongs to one opened image, shared by everything of this plugin on its page. The overlay owns it: it is there as long as
 * the viewer is, whatever panel is folded away.
 */
export interface ViewerState {
  readonly liking: Ref<Liking>;
  /** Whether what the person likes is known. */
  readonly isLoaded: Readonly<Ref<boolean>>;
  readonly pool: PlayerPool;
  /** The image as the spectrogram of a recording; a state of `none` where it is something else. */
  readonly recording: Recording;
  readonly display: ShownDisplay;
  readonly viewer: ViewerFacade;
  /** The film that is to play as soon as its panel is there: its annotation has just been selected. */
  readonly wished: Ref<string | undefined>;
  /** Said to people who cannot see the page. */
  readonly said: Ref<string>;
}

export const viewerStates = shallowReactive(new Map<ViewerFacade, ViewerState>());

export function addState(viewer: ViewerFacade, state: ViewerState): () => void {
  viewerStates.set(viewer, state);
  return () => {
    if (viewerStates.get(viewer) === state) viewerStates.delete(viewer);
  };
}

/** The viewer that was opened last: what commands are for. */
export const lastState = (): ViewerState | undefined => [...viewerStates.values()].at(-1);
