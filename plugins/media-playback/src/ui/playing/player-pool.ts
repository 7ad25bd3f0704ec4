import type { Media } from '@exact/sdk/contract';
import type { Liking } from '../liking.ts';
import { createTransport, type Transport } from './transport.ts';

/** Gives the present state of a file, with an address that works. */
export type FindMedia = (item: Pick<Media, 'uuid' | 'annotationUuid'>) => Promise<Media | undefined>;

/**
 * Sounds of annotations that somebody has a hold of. A panel of the inspector and the overlay that plays on selecting share the
 * player of a file, so that the sound goes on while the panel comes and goes.
 */
export interface PlayerPool {
  /** @returns the player, and how to let go of it; the last who does so stops it */
  acquire(item: Media): { readonly transport: Transport; readonly release: () => void };
  /** The gain that makes a file as loud as others, once it was measured. */
  setGain(uuid: string, gain: number): void;
  /** Tells all players what the person likes. */
  apply(liking: Liking): void;
  dispose(): void;
}

interface Held {
  readonly transport: Transport;
  holders: number;
}

export function createPlayerPool(find: FindMedia): PlayerPool {
  const held = new Map<string, Held>();
  const gains = new Map<string, number>();
  let liked: Pick<Liking, 'volume' | 'speed' | 'isLooping'> = { volume: 1, speed: 1, isLooping: false };

  const tell = (uuid: string, { transport }: Held): void => {
    transport.setLoudness({ volume: liked.volume, gain: gains.get(uuid) ?? 1 });
    transport.setSpeed(liked.speed);
    transport.setLooping(liked.isLooping);
  };
  return {
    acquire(item) {
      let entry = held.get(item.uuid);
      if (!entry) {
        const transport = createTransport(
          new Audio(),
          () => item.url,
          async () => (await find(item))?.url,
        );
        entry = { transport, holders: 0 };
        held.set(item.uuid, entry);
        tell(item.uuid, entry);
      }
      const mine = entry;
      mine.holders += 1;
      let isHeld = true;
      return {
        transport: mine.transport,
        release() {
          if (!isHeld) return;
          isHeld = false;
          mine.holders -= 1;
          if (mine.holders > 0 || held.get(item.uuid) !== mine) return;
          held.delete(item.uuid);
          mine.transport.dispose();
        },
      };
    },
    setGain(uuid, gain) {
      gains.set(uuid, gain);
      const entry = held.get(uuid);
      if (entry) tell(uuid, entry);
    },
    apply({ volume, speed, isLooping }) {
      liked = { volume, speed, isLooping };
      for (const [uuid, entry] of held) tell(uuid, entry);
    },
    dispose() {
      for (const { transport } of held.values()) transport.dispose();
      held.clear();
    },
  };
}
