import { encodeOverview, overviewGrid } from '@exact/geometry';
import { NotFoundError } from '@exact/sdk/contract';
import type { AnnotationFilter, Logger } from '@exact/sdk/server';
import { type BinaryRow, copyRows } from '../../db/copy-rows.ts';
import type { Database } from '../../db/database.ts';
import { type Predicate, toPredicate } from '../visibility.ts';
import type { PackedOptions } from './packed.ts';

/** Rows of kept counts from which on folding them together pays, beside what is left of them then. */
const MANY_ROWS = 64;
/** Changes of an image after which its kept counts are folded together although nobody looks at them. */
const MANY_CHANGES = 1000;

/** Counts of annotations: from the kept ones where these can say it, else from the rows. Both are exact. */
export interface Tally {
  /** @throws NotFoundError when the image is gone */
  overview(imageId: number, filters: readonly AnnotationFilter[], options: PackedOptions): Promise<Uint8Array>;
  count(
    filters: readonly AnnotationFilter[],
    by: 'template' | 'image' | 'author',
  ): Promise<{ id: number; count: number }[]>;
  /** Is told of each change, so that kept counts stay few. */
  noteChange(imageId: number): void;
}

const COLUMN = { template: 'a.template_id', image: 'a.image_id', author: 'a.author_id' } as const;

export function createTally({ sql, pool }: Database, log: Logger): Tally {
  const changes = new Map<number, number>();
  const compacting = new Set<number>();

  function compact(imageId: number): void {
    changes.delete(imageId);
    if (compacting.has(imageId)) return;
    compacting.add(imageId);
    sql
      .query('select core.compact_annotation_tally($1)', [imageId])
      .catch((error: unknown) => log.warn({ err: error, imageId }, 'kept counts were not folded together'))
      .finally(() => compacting.delete(imageId));
  }

  return {
    async overview(imageId, filters, { cursor, signal }) {
      const kept = keptPredicate(filters);
      const sums = createSums();
      const query = kept ? keptQuery(imageId, kept) : rowsQuery(imageId, toPredicate(filters));
      await copyRows(pool, query.text, query.values, FIELDS, sums.add, signal);
      if (!sums.size()) throw new NotFoundError({ what: 'image', id: imageId });
      if (kept && sums.rows() > MANY_ROWS + 2 * sums.pairs()) compact(imageId);
      return sums.finish(cursor);
    },

    async count(filters, by) {
      const column = COLUMN[by];
      const kept = keptPredicate(filters);
      if (!kept) {
        const { text, values } = toPredicate(filters);
        return sql.query(
          `select ${column} as id, count(*)::int as count from core.annotation a where ${text} group by 1 order by 1`,
          values,
        );
      }
      return sql.query(
        `select ${column} as id, sum(total)::int as count from core.annotation_tally a where ${kept.text}
         group by 1 having sum(total) <> 0 order by 1`,
        kept.values,
      );
    },

    noteChange(imageId) {
      const count = (changes.get(imageId) ?? 0) + 1;
      if (count >= MANY_CHANGES) compact(imageId);
      else changes.set(imageId, count);
    },
  };
}

/** What the kept counts are sorted by; they have the same column names as the annotations. */
const KEPT_FIELDS = [
  'imageId',
  'imageIds',
  'imageSetId',
  'projectId',
  'templateIds',
  'authorIds',
  'layers',
  'anyOf',
] as const satisfies readonly (keyof AnnotationFilter)[];

/** @returns the condition on the kept counts; nothing when a filter asks for what they do not tell apart */
function keptPredicate(filters: readonly AnnotationFilter[]): Predicate | undefined {
  // Left out in one of them, `deleted` keeps deleted ones away; in the others it may say that it does not care.
  const isCounted = filters.some(({ deleted = 'no' }) => deleted === 'no');
  return isCounted && filters.every(isKept) ? toPredicate(filters, KEPT_FIELDS) : undefined;
}

function isKept({ deleted, large = 'all', anyOf = [], ...rest }: AnnotationFilter): boolean {
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined);
  return (
    deleted !== 'only' &&
    large === 'all' &&
    fields.every(([field]) => KEPT_FIELDS.includes(field as 'imageId')) &&
    anyOf.every((filter) => filter.deleted === undefined && isKept(filter))
  );
}

const FIELDS = 9;

/** One statement, one snapshot: the counts fit the grid also while the size of the image changes. */
function keptQuery(imageId: number, { text, values }: Predicate): Predicate {
  return {
    text: `select i.width, i.height, a.template_id, a.total, a.large, a.cells, a.counts, a.author_id, a.layer_id
      from core.image i left join core.annotation_tally a on a.image_id = i.id and ${text}
      where i.id = $${values.length + 1}`,
    values: [...values, imageId],
  };
}

function rowsQuery(imageId: number, { text, values }: Predicate): Predicate {
  const image = `$${values.length + 1}`;
  return {
    text: `with grid as materialized (
        select id, width, height, core.overview_cell_size(width, height) as size from core.image where id = ${image}
      ), by_cell as (
        select a.template_id, core.overview_cell(a.kind, a.box, width, height, size) as cell, count(*)::int as n,
          count(*) filter (where core.is_large(a.kind, a.box)) as large
        from grid join core.annotation a on a.image_id = grid.id where a.image_id = ${image} and ${text} group by 1, 2
      ), by_template as (
        select template_id, sum(n)::int as total, sum(large)::int as large, array_agg(cell) filter (where cell >= 0) as cells,
          array_agg(n) filter (where cell >= 0) as counts
        from by_cell group by template_id
      )
      select grid.width, grid.height, template_id, total, large, cells, counts, null::int, null::int
      from grid left join by_template on true`,
    values: [...values, imageId],
  };
}

/** Adds up rows of the two queries above. */
function createSums() {
  let width: number | undefined;
  let height = 0;
  let rows = 0;
  let large = 0;
  let grid = overviewGrid(0, 0);
  const templates = new Map<number, { total: number; counts: Uint32Array }>();
  const pairs = new Set<string>();
  return {
    add({ bytes, starts, lengths }: BinaryRow): void {
      const int = (field: number): number => bytes.readInt32BE(starts[field]!); // nine fields, see FIELDS
      if (width === undefined) {
        width = int(0);
        height = int(1);
        grid = overviewGrid(width, height);
      }
      if (lengths[2]! < 0) return; // the image has none
      rows++;
      if (lengths[7]! > 0) pairs.add(`${int(7)} ${lengths[8]! < 0 ? '' : int(8)} ${int(2)}`);
      let sum = templates.get(int(2));
      if (!sum) {
        sum = { total: 0, counts: new Uint32Array(grid.columns * grid.rows) };
        templates.set(int(2), sum);
      }
      sum.total += int(3);
      large += int(4);
      addPlaces(sum.counts, bytes, lengths[5]! < 0 ? 0 : starts[5]!, starts[6]!);
    },
    rows: () => rows,
    size: () => width !== undefined,
    /** Of author, layer and template: so many rows are left when they are folded together. */
    pairs: () => pairs.size,
    finish: (cursor: number): Uint8Array =>
      encodeOverview({
        ...grid,
        cursor,
        large,
        templates: [...templates]
          .filter(([, { total }]) => total !== 0)
          .sort(([a], [b]) => a - b)
          .map(([templateId, { total, counts }]) => ({ templateId, total, counts })),
      }),
  };
}

/** An array of PostgreSQL's binary form: number of dimensions, flags, type, then length and lower bound of each. */
const ARRAY_HEADER = 20;

/** Adds an array of counts (int4) to the cells of an array of cells (int2). Counts may be negative on the way to their sum. */
function addPlaces(sums: Uint32Array, bytes: Buffer, cells: number, counts: number): void {
  if (cells === 0 || bytes.readInt32BE(cells) === 0) return;
  const length = bytes.readInt32BE(cells + 12);
  let cellAt = cells + ARRAY_HEADER + 4; // each element has its length before it
  let countAt = counts + ARRAY_HEADER + 4;
  for (let i = 0; i < length; i++, cellAt += 6, countAt += 8) {
    const cell = bytes.readInt16BE(cellAt);
    sums[cell] = sums[cell]! + bytes.readInt32BE(countAt);
  }
}
