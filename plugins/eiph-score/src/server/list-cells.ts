import { bounds } from '@exact/geometry';
import type { CountedCell } from '../shared/contract.ts';
import { type Asking, boxOf, type CellQuery, type Context, filterOf } from './asking.ts';
import { holds } from './inside.ts';

const PAGE = 100;

/** The cells that a score is made of, page by page. A page that the box empties is not given: the next one is read. */
export async function listCells(
  ctx: Context,
  asking: Asking,
  query: CellQuery & {
    readonly grade?: number | undefined;
    readonly cursor?: string | undefined;
    readonly limit?: number | undefined;
  },
): Promise<{ items: CountedCell[]; next?: string }> {
  const { principal, gradeOf, settings } = asking;
  const templateIds = [...gradeOf].flatMap(([id, grade]) =>
    query.grade === undefined || query.grade === grade ? [id] : [],
  );
  if (templateIds.length === 0) return { items: [] };
  const filter = { ...filterOf(asking, query), templateIds };
  const box = query.box && boxOf(query.box);
  const inclusion = query.inclusion ?? settings.inclusion;
  let cursor = query.cursor;
  do {
    asking.signal.throwIfAborted();
    const page = await ctx.annotations.list(principal, filter, {
      limit: query.limit ?? PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    cursor = page.next;
    const items = page.items.flatMap(
      ({ uuid, imageId, templateId, authorId, geometry, verification }): CountedCell[] =>
        geometry.kind === 'image' || (box && !holds(box, inclusion, geometry))
          ? []
          : [
              {
                ...{ uuid, imageId, templateId, authorId },
                grade: gradeOf.get(templateId) ?? 0,
                bounds: bounds(geometry),
                ...(verification && { verified: verification.verdict }),
              },
            ],
    );
    if (items.length > 0) return cursor === undefined ? { items } : { items, next: cursor };
  } while (cursor !== undefined);
  return { items: [] };
}
