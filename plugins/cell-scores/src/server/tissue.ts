import { packMask, unpackMask } from '@exact/screening';
import type { TissueBits } from '@exact/scores';
import type { PluginContext } from '@exact/sdk/server';
import { findTissue } from './find-tissue.ts';

/** Longer side of the picture that tissue is found on. At 2.37 mm² a window still has hundreds of its pixels on the largest slides. */
const SIDE = 512;

/** Changes when the same pixels give another tissue: what was kept from before is found anew then. */
const RULE = 'rule 1';

/** Pixels of which image; `contentVersion` changes with them. */
export interface TissueOf {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly contentVersion: string;
}
export interface TissueSource {
  /**
   * The tissue of an image, found once and kept. It follows from the pixels alone: nobody learns anything of others by it.
   *
   * @param threshold - grey value that parts tissue and background; 0: found by itself
   */
  of(image: TissueOf, threshold: number, signal?: AbortSignal): Promise<TissueBits>;
}

export function createTissueSource({ db, slides }: Pick<PluginContext, 'db' | 'slides'>): TissueSource {
  /** Whoever asks for the same meanwhile waits for the same reading. */
  const running = new Map<string, Promise<TissueBits>>();

  async function read({ id, contentVersion }: TissueOf, threshold: number): Promise<TissueBits | undefined> {
    const [row] = await db.query<{ width: number; height: number; bits: Uint8Array }>(
      'select width, height, bits from tissue where image_id = $1 and threshold = $2 and content_version = $3',
      [id, threshold, `${contentVersion} ${RULE}`],
    );
    return row && { width: row.width, height: row.height, bits: unpackMask(row.bits, row.width, row.height) };
  }

  async function find(image: TissueOf, threshold: number): Promise<TissueBits> {
    const downsample = Math.max(1, Math.max(image.width, image.height) / SIDE);
    const picture = await slides.pixels(image.id, { downsample });
    const { width, height, bits } = findTissue(picture, image, threshold);
    await db.query(
      `insert into tissue (image_id, content_version, threshold, width, height, bits)
       select $1, $2, $3, $4, $5, $6 where exists (select from core.image where id = $1)
       on conflict (image_id, threshold) do update
         set content_version = excluded.content_version, width = excluded.width, height = excluded.height, bits = excluded.bits`,
      [image.id, `${image.contentVersion} ${RULE}`, threshold, width, height, Buffer.from(packMask(bits))],
    );
    return { width, height, bits };
  }

  return {
    async of(image, threshold, signal) {
      signal?.throwIfAborted();
      const known = await read(image, threshold);
      if (known) return known;
      const key = `${image.id} ${image.contentVersion} ${threshold}`;
      let finding = running.get(key);
      if (!finding) {
        finding = find(image, threshold).finally(() => running.delete(key));
        running.set(key, finding);
      }
      return finding;
    },
  };
}
