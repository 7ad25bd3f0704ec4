import { computed, shallowRef, watch, type Ref } from 'vue';
import type { Liking } from '../liking.ts';
import { gainFor } from '../picture/loudness.ts';
import { isLargePacked, type Measured, type SoundSource } from '../picture/protocol.ts';
import { measure } from '../picture/sound-client.ts';
import { createTransport, type Transport } from './transport.ts';

/** A sound that is played as loud as others. */
export interface Player {
  readonly transport: Transport;
  /** How loud it is by itself; nothing while that is not known, or cannot be. */
  readonly measured: Readonly<Ref<Measured | undefined>>;
  /** What its samples are multiplied by. */
  readonly gain: Readonly<Ref<number>>;
  apply(liking: PlayLiking): void;
  /** Waits a moment for the loudness, so that a loud file does not begin too loud; then plays. */
  playEvenly(play: (transport: Transport) => Promise<void>): Promise<void>;
  dispose(): void;
}
export type PlayLiking = Pick<Liking, 'volume' | 'speed' | 'isLooping' | 'level'>;

/** Of longer ones the beginning says enough, and the rest need not be fetched. */
const LISTENED_S = 60;
/** Longer is felt as a delay. */
const PATIENCE_MS = 120;
/** Files never change: measured once while the page is open. */
const known = new Map<string, Measured>();

/**
 * @param key    - names the sound for good
 * @param source - where it is now
 * @param renew  - gives another address when that one has ended
 */
export function createPlayer(key: string, source: () => SoundSource, renew: () => Promise<string | undefined>): Player {
  const transport = createTransport(new Audio(), () => source().url, renew);
  const abort = new AbortController();
  const measured = shallowRef(known.get(key));
  const level = shallowRef<Liking['level']>('off');
  const volume = shallowRef(1);
  const gain = computed(() => (measured.value ? gainFor(level.value, measured.value) : 1));
  const stop = watch([gain, volume], ([by, loud]) => transport.setLoudness({ volume: loud, gain: by }), {
    immediate: true,
    flush: 'sync',
  });
  const measuring = measured.value ? Promise.resolve() : listen();
  async function listen(): Promise<void> {
    if (isLargePacked(source())) return;
    try {
      const found = await measure(source(), LISTENED_S, abort.signal);
      known.set(key, found);
      measured.value = found;
    } catch {
      // it stays as loud as it is; why it cannot be read is told where it should be drawn
    }
  }

  return {
    transport,
    measured,
    gain,
    apply(liking) {
      volume.value = liking.volume;
      level.value = liking.level;
      if (transport.state.speed !== liking.speed) transport.setSpeed(liking.speed);
      if (transport.state.isLooping !== liking.isLooping) transport.setLooping(liking.isLooping);
    },
    async playEvenly(play) {
      if (level.value !== 'off')
        await Promise.race([measuring, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
      if (!abort.signal.aborted) await play(transport);
    },
    dispose() {
      abort.abort();
      stop();
      transport.dispose();
    },
  };
}
