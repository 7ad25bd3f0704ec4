import type { Sql } from '@exact/sdk/server';
import type { SlideLevel } from '@exact/sdk/server';

/** Where the pixels of an image are, and what their addresses depend on. */
export interface ImagePixels {
  readonly imageId: number;
  readonly imageSetId: number;
  readonly projectId: number;
  readonly state: 'waiting' | 'converting' | 'ready' | 'failed';
  /** Storage key that tiles are read from. */
  readonly key: string;
  readonly contentVersion: string;
  readonly width: number;
  readonly height: number;
  readonly levels: readonly SlideLevel[];
}

/** The few columns of an image that each tile needs, kept in memory. */
export interface PixelIndex {
  get(imageId: number): Promise<ImagePixels | undefined>;
  /** What is known now without asking the database; nothing when it is unknown or old. */
  peek(imageId: number): ImagePixels | undefined;
  /** Call after each change of an image, here or told by an event of another process. */
  forget(imageIds: readonly number[]): void;
}

/** Should the event of another process be lost, its change is seen after this. */
const FRESH_MS = 30_000;
const MAX_ENTRIES = 10_000;

export function createPixelIndex(sql: Sql): PixelIndex {
  const entries = new Map<number, { readonly pixels: ImagePixels; readonly readAt: number }>();
  let generation = 0;
  const peek = (imageId: number): ImagePixels | undefined => {
    const entry = entries.get(imageId);
    return entry && performance.now() - entry.readAt < FRESH_MS ? entry.pixels : undefined;
  };
  return {
    peek,
    async get(imageId) {
      const known = peek(imageId);
      if (known) return known;
      const before = generation;
      const [pixels] = await sql.query<ImagePixels>(
        `select i.id as "imageId", i.image_set_id as "imageSetId", s.project_id as "projectId", i.state, coalesce(i.pixel_key, i.original_key) as key,
                i.content_version as "contentVersion", i.width, i.height, i.levels
           from core.image i join core.image_set s on s.id = i.image_set_id where i.id = $1`,
        [imageId],
      );
      // A change that came while we read must not be covered up by what was read before it.
      if (pixels && before === generation) {
        if (entries.size >= MAX_ENTRIES) entries.clear();
        entries.set(imageId, { pixels, readAt: performance.now() });
      }
      return pixels;
    },
    forget(imageIds) {
      generation += 1;
      for (const imageId of imageIds) entries.delete(imageId);
    },
  };
}
