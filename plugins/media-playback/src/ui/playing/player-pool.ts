import type { Media } from '@exact/sdk/contract';
import { createPlayer, type Player, type PlayLiking } from './player.ts';

/** Gives the present state of a file, with an address that works. */
export type FindMedia = (item: Pick<Media, 'uuid' | 'annotationUuid'>) => Promise<Media | undefined>;

/**
 * Sounds of annotations that somebody has a hold of. A panel of the inspector and the overlay that plays on selecting share the
 * player of a file, so that the sound goes on while the panel comes and goes.
 */
export interface PlayerPool {
  /** @returns the player, and how to let go of it; the last who does so stops it */
  acquire(item: Media): { readonly player: Player; readonly release: () => void };
  /** Tells all players what the person likes. */
  apply(liking: PlayLiking): void;
  dispose(): void;
}

interface Held {
  readonly player: Player;
  holders: number;
}

export function createPlayerPool(find: FindMedia): PlayerPool {
  const held = new Map<string, Held>();
  let liked: PlayLiking | undefined;

  function make(item: Media): Held {
    let { url } = item;
    const player = createPlayer(
      item.uuid,
      () => ({ url, sizeBytes: item.sizeBytes, mediaType: item.mediaType }),
      async () => (url = (await find(item))?.url ?? url),
    );
    if (liked) player.apply(liked);
    return { player, holders: 0 };
  }

  return {
    acquire(item) {
      const entry = held.get(item.uuid) ?? make(item);
      held.set(item.uuid, entry);
      entry.holders += 1;
      let isHeld = true;
      return {
        player: entry.player,
        release() {
          if (!isHeld) return;
          isHeld = false;
          entry.holders -= 1;
          if (entry.holders > 0) return;
          held.delete(item.uuid);
          entry.player.dispose();
        },
      };
    },
    apply(liking) {
      liked = liking;
      for (const { player } of held.values()) player.apply(liking);
    },
    dispose() {
      for (const { player } of held.values()) player.dispose();
      held.clear();
    },
  };
}
