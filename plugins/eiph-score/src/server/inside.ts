import { bounds, type Geometry } from '@exact/geometry';
import { type Box, isInside } from '@exact/scores';
import { boxOf, type Asking, type CellQuery, type Context, filterOf } from './asking.ts';

const PAGE = 1000;

/** Whether cells that touch the box of a question count in it. */
export async function insideOf(
  ctx: Context,
  asking: Asking,
  query: CellQuery,
): Promise<(x: number, y: number, uuid: () => string) => boolean> {
  if (!query.box) return () => true;
  const box = boxOf(query.box);
  if ((query.inclusion ?? asking.settings.inclusion) === 'centre') return (x, y) => isInside(box, x, y);
  const crossing = await findCrossing(ctx, asking, query, box);
  return (_x, _y, uuid) => !crossing.has(uuid());
}

/** As {@link insideOf}, for an annotation whose shape is at hand. */
export function holds(box: Box, inclusion: CellQuery['inclusion'], geometry: Exclude<Geometry, { kind: 'image' }>) {
  const { minX, minY, maxX, maxY } = bounds(geometry);
  return inclusion === 'whole'
    ? minX >= box.minX && minY >= box.minY && maxX <= box.maxX && maxY <= box.maxY
    : isInside(box, (minX + maxX) / 2, (minY + maxY) / 2);
}

/**
 * Annotations that touch the box and reach over it. They all touch one of its edges, and few do: so shapes need not be read of all
 * that lie inside.
 */
async function findCrossing(ctx: Context, asking: Asking, query: CellQuery, box: Box): Promise<ReadonlySet<string>> {
  const { minX, minY, maxX, maxY } = box;
  const edges = [
    [minX, minY, maxX, minY],
    [minX, maxY, maxX, maxY],
    [minX, minY, minX, maxY],
    [maxX, minY, maxX, maxY],
  ];
  const crossing = new Set<string>();
  for (const edge of edges) {
    const filter = filterOf(asking, { ...query, box: edge });
    let cursor: string | undefined;
    do {
      asking.signal.throwIfAborted();
      const page = await ctx.annotations.list(asking.principal, filter, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { uuid, geometry } of page.items)
        if (geometry.kind !== 'image' && !holds(box, 'whole', geometry)) crossing.add(uuid);
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return crossing;
}
