import { overlap } from '@exact/agreement';
import { centroid, type Geometry } from '@exact/geometry';

/** From this mean overlap on, shapes are the same object: as for matching readers' objects. */
export const SAME_SHAPE_IOU = 0.5;

export interface Consensus {
  /** Index of the member that the others are closest to: always a shape that a person has drawn. */
  readonly member: number;
  /** Its mean overlap (IoU) with the others; 1 for one alone, absent where shapes have no area. */
  readonly meanIou?: number;
  /** Whether the members mean the same shape. */
  readonly isShared: boolean;
}

const hasArea = ({ kind }: Geometry): boolean => kind === 'box' || kind === 'ellipse' || kind === 'polygon';

/**
 * Finds the one of several shapes that agrees best with all others: the highest mean IoU, or, of points and lines, the smallest
 * mean distance of centres. Of equally good ones the first: give them in an order that does not depend on who came first.
 *
 * @throws RangeError without shapes
 */
export function consensus(shapes: readonly Geometry[]): Consensus {
  if (shapes.length === 0) throw new RangeError('There are no shapes to find a consensus of.');
  const areAreas = shapes.every(hasArea);
  const closeness = (a: Geometry, b: Geometry): number => (areAreas ? overlap(a, b) : -distance(a, b));
  let [member, best] = [0, -Infinity];
  shapes.forEach((shape, index) => {
    const others = shapes.filter((_, other) => other !== index);
    const mean =
      others.length === 0 ? 1 : others.reduce((sum, other) => sum + closeness(shape, other), 0) / others.length;
    if (mean > best) [member, best] = [index, mean];
  });
  if (!areAreas) return { member, isShared: true };
  return { member, meanIou: best, isShared: best >= SAME_SHAPE_IOU };
}

function distance(a: Geometry, b: Geometry): number {
  if (a.kind === 'image' || b.kind === 'image') return 0;
  const [from, to] = [centroid(a), centroid(b)];
  return Math.hypot(from.x - to.x, from.y - to.y);
}
