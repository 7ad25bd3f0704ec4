import { type Bounds, FRAME_FLAGS } from '@exact/geometry';
import type { AnnotationFilter } from '@exact/sdk/server';

/** A row as the database gives it, with its internal id, which gives the order. */
export interface HotRow {
  id: number;
  uuid: Uint8Array;
  templateId: number;
  authorId: number;
  revision: number;
  flags: number;
  bounds: Bounds;
  geometry: Uint8Array;
  isLarge: boolean;
}

/** Filters that are understood in memory; all else is left to the database. */
const FIELDS = ['imageId', 'templateIds', 'authorIds', 'box', 'verified', 'large'];

export function isHotFilter({ deleted = 'no', ...filter }: AnnotationFilter): boolean {
  const isKnown = Object.entries(filter).every(([field, value]) => value === undefined || FIELDS.includes(field));
  const { box } = filter;
  // A box that is given by its other corners is the database's to understand.
  return deleted === 'no' && isKnown && (!box || (box.minX <= box.maxX && box.minY <= box.maxY));
}

/** Gives the test of a row that is not deleted and on the image. */
export function matcher({
  templateIds,
  authorIds,
  box,
  verified,
  large = 'all',
}: AnnotationFilter): (row: HotRow) => boolean {
  const templates = templateIds && new Set(templateIds);
  const authors = authorIds && new Set(authorIds);
  return ({ templateId, authorId, flags, bounds, isLarge }) => {
    if (templates && !templates.has(templateId)) return false;
    if (authors && !authors.has(authorId)) return false;
    if (verified !== undefined && verdictOf(flags) !== verified) return false;
    if (large !== 'all' && isLarge !== (large === 'only')) return false;
    return (
      !box || (bounds.minX <= box.maxX && bounds.maxX >= box.minX && bounds.minY <= box.maxY && bounds.maxY >= box.minY)
    );
  };
}

function verdictOf(flags: number): 'accepted' | 'rejected' | 'none' {
  return flags & FRAME_FLAGS.verified ? 'accepted' : flags & FRAME_FLAGS.rejected ? 'rejected' : 'none';
}

/** Whether the box alone decides, so that there is no need to look at the row. */
export function isBoxOnly(filter: AnnotationFilter): boolean {
  const { templateIds, authorIds, verified, large = 'all' } = filter;
  return templateIds === undefined && authorIds === undefined && verified === undefined && large === 'all';
}
