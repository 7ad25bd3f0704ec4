import { ConflictError } from '@exact/sdk/contract';
import type { Actor, Changes, ChangeUnit } from '../settings/changes.ts';

/** Of the images service: deletes images with annotations and files, with its hooks and in transactions of its own. */
export type DeleteImages = (imageIds: readonly number[], actor: Actor) => Promise<void>;

interface Owner {
  readonly table: 'core.project' | 'core.image_set';
  /** Condition on `core.image` that finds the owner's images; $1 is the owner. */
  readonly images: string;
  readonly id: number;
}

const BATCH = 500;
/** Rounds of "delete what is there, look whether something came in meanwhile"; each one catches only running uploads. */
const MAX_ROUNDS = 10;

/**
 * Deletes images first and then, in one transaction, what they were in. An upload that ends in between is caught by the lock:
 * its image either is there before (and goes with the next round) or finds its image set gone.
 *
 * @param finish - runs in the transaction of the deletion
 * @throws {@link ConflictError} when new images kept coming
 */
export async function deleteWithImages(
  changes: Changes,
  deleteImages: DeleteImages,
  actor: Actor,
  owner: Owner,
  finish: (unit: ChangeUnit) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const left = await changes.run(actor, async (unit) => {
      const { sql, forget } = unit;
      await sql.query(`select id from ${owner.table} where id = $1 for update`, [owner.id]);
      if (owner.table === 'core.project')
        await sql.query('select id from core.image_set where project_id = $1 order by id for update', [owner.id]);
      const images = await sql.query<{ id: number }>(`select id from core.image where ${owner.images} order by id`, [
        owner.id,
      ]);
      if (images.length > 0) return images.map((image) => image.id);
      await finish(unit);
      await sql.query(`delete from ${owner.table} where id = $1`, [owner.id]);
      forget({ about: 'grants' });
      return [];
    });
    if (left.length === 0) return;
    for (let at = 0; at < left.length; at += BATCH) await deleteImages(left.slice(at, at + BATCH), actor);
  }
  throw new ConflictError({
    what: 'Deletion',
    reason: 'new images keep coming in. End the running uploads and try again.',
  });
}
