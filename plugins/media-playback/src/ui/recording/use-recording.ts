import { ProblemError, usePlace, usePluginClient, type ViewerFacade } from '@exact/sdk/ui';
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { mediaPlaybackContract } from '../../shared/contract.ts';
import type { Recording as RecordingFacts, SpectrogramGrid } from '../../shared/model.ts';
import { createPlayer, type Player, type PlayLiking } from '../playing/player.ts';

/** The shown image as the spectrogram of a recording. */
export interface Recording {
  /** `none`: another image. */
  readonly state: Readonly<Ref<'loading' | 'none' | 'ready' | 'failed'>>;
  readonly facts: Readonly<Ref<RecordingFacts | undefined>>;
  readonly grid: Readonly<Ref<SpectrogramGrid | undefined>>;
  /** Made when the image is known to be a recording, so that the first sound does not wait for it. */
  readonly player: Readonly<Ref<Player | undefined>>;
  readonly problem: Readonly<Ref<string | undefined>>;
  reload(): Promise<void>;
}

/** @param liking - what its player is to be told; nothing while that is not known */
export function useRecording(viewer: ViewerFacade, liking: () => PlayLiking | undefined): Recording {
  const place = usePlace();
  const client = usePluginClient(mediaPlaybackContract);
  const state = shallowRef<'loading' | 'none' | 'ready' | 'failed'>('none');
  const facts = shallowRef<RecordingFacts>();
  const player = shallowRef<Player>();
  const problem = shallowRef<string>();
  const grid = computed(() => facts.value?.grid);
  let abort = new AbortController();

  /** Only images with axes of their own are worth a question. */
  const imageId = computed(() => (viewer.image.value.axes ? viewer.image.value.id : undefined));

  async function load(): Promise<void> {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    player.value?.dispose();
    player.value = undefined;
    facts.value = problem.value = undefined;
    const id = imageId.value;
    if (id === undefined) return void (state.value = 'none');
    state.value = 'loading';
    try {
      const found = await client.recording({ params: { imageId: id } }, signal);
      facts.value = found;
      if (found.sound) {
        const { sound } = found;
        const made = createPlayer(
          `image:${id} ${sound.url}`,
          () => sound,
          () => Promise.resolve(undefined),
        );
        const liked = liking();
        if (liked) made.apply(liked);
        player.value = made;
      }
      state.value = 'ready';
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && error.code === 'NOT_A_RECORDING') return void (state.value = 'none');
      state.value = 'failed';
      if (error instanceof ProblemError) problem.value = error.message;
      else place.report(error);
    }
  }
  watch(imageId, () => void load(), { immediate: true });
  watch(liking, (liked) => liked && player.value?.apply(liked), { deep: true });
  onScopeDispose(() => {
    abort.abort();
    player.value?.dispose();
  });
  return { state, facts, grid, player, problem, reload: load };
}
