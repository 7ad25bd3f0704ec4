import { CentresBuilder, FrameBuilder, GEOMETRY_KINDS, LARGE_PX, overviewGrid } from '@exact/geometry';
import type { AnnotationFilter, Logger } from '@exact/sdk/server';
import { type BinaryRow, copyRows } from '../../db/copy-rows.ts';
import type { Database } from '../../db/database.ts';
import { type HotRow, isHotFilter } from './hot-filter.ts';
import { GRID, HotRows } from './hot-rows.ts';
import { FRAME_COLUMNS, rowOf } from './packed.ts';
import type { Revisions } from './revisions.ts';

export interface HotOptions {
  /** Memory for all images together. */
  readonly maxBytes: number;
  /** Smaller images are read from the database as quickly. */
  readonly minRows: number;
  /** Questions about an image that make it hot. */
  readonly asks: number;
  /** Time after which an image that could not be held is tried again. */
  readonly restMs: number;
}

/**
 * Images whose annotations are held in memory, because many parts of them are asked for: a viewport costs a fifth of what the
 * database takes for it. Only where everybody sees the same. An image is used as long as all changes up to the revision
 * asked for are in; what is not held, or not up to date for a moment, is read from the database.
 */
export interface Hot {
  /** @returns nothing when the database has to be asked */
  frame(filter: HotFilter, label: string, cursor: number): Uint8Array | undefined;
  centres(filter: HotFilter, label: string, cursor: number): Uint8Array | undefined;
  isHeld(imageId: number): boolean;
}
type HotFilter = AnnotationFilter & { readonly imageId: number };

interface Image {
  asks: number;
  isReading: boolean;
  rows: HotRows | undefined;
  /** Revision that the rows show. */
  label: string;
  /** Changes are taken in one after the other. */
  turns: Promise<void>;
}

const WHOLE_IMAGE = GEOMETRY_KINDS.indexOf('image');

/** Of {@link FRAME_COLUMNS} and the id. */
function hotRowOf(row: BinaryRow): HotRow {
  const { uuid, templateId, authorId, revision, flags, bounds, geometry } = rowOf(row);
  const side = Math.max(bounds.maxX - bounds.minX, bounds.maxY - bounds.minY);
  const isLarge = side >= LARGE_PX && (geometry[0]! & 7) !== WHOLE_IMAGE;
  const id = Number(row.bytes.readBigInt64BE(row.starts[9]!));
  return { id, uuid, templateId, authorId, revision, flags, bounds, geometry, isLarge };
}

/** Part of the rows after whose change all are read anew. */
const MANY_CHANGES = 0.1;

export function createHot({ pool, sql }: Database, revisions: Revisions, log: Logger, options: HotOptions): Hot {
  /** Those asked for last are last. */
  const images = new Map<number, Image>();
  const resting = new Map<number, number>();
  /** Packs one answer after the other in the same room. */
  const frame = new FrameBuilder();

  revisions.onChange((imageId, { uuids, label }) => {
    const image = images.get(imageId);
    if (!image || (!image.rows && !image.isReading)) return;
    if (!uuids) return drop(imageId);
    image.turns = image.turns
      .then(() => (images.get(imageId) === image ? take(imageId, image, uuids) : undefined))
      .then(() => void (image.label = label))
      .catch((error: unknown) => {
        log.debug({ err: error, imageId }, 'an image is no longer held in memory');
        drop(imageId);
      });
  });

  function drop(imageId: number): void {
    images.delete(imageId);
  }

  function find(filter: HotFilter, label: string): HotRows | undefined {
    if (!isHotFilter(filter)) return undefined;
    const { imageId } = filter;
    const image = images.get(imageId) ?? {
      ...{ asks: 0, isReading: false, rows: undefined, label: '' },
      turns: Promise.resolve(),
    };
    images.delete(imageId);
    images.set(imageId, image);
    if (images.size > 1000) drop(images.keys().next().value ?? 0); // those only asked about
    if (image.rows) return image.label === label ? image.rows : undefined;
    image.asks++;
    if (image.asks >= options.asks && !image.isReading && (resting.get(imageId) ?? 0) < Date.now())
      hold(imageId, image);
    return undefined;
  }

  function hold(imageId: number, image: Image): void {
    image.isReading = true;
    image.turns = read(imageId, image)
      .then((rows) => {
        if (rows) makeRoom(imageId, rows.sizeBytes);
        else rest(imageId);
        image.rows = rows;
      })
      .catch((error: unknown) => {
        log.warn({ err: error, imageId }, 'the annotations of an image were not taken into memory');
        rest(imageId);
        drop(imageId);
      })
      .finally(() => (image.isReading = false));
  }

  function rest(imageId: number): void {
    if (resting.size > 10_000) resting.clear();
    resting.set(imageId, Date.now() + options.restMs);
  }

  /** @returns nothing when the image is too small to need it, or too large to fit */
  async function read(imageId: number, image: Image): Promise<HotRows | undefined> {
    // All changes after this revision come by `onChange`, and wait for their turn behind this one.
    image.label = (await revisions.of(imageId)).label;
    const [about] = await sql.query<{ width: number; height: number; count: number }>(
      `select width, height, (select coalesce(sum(total), 0)::int from core.annotation_tally where image_id = $1) as count
       from core.image where id = $1`,
      [imageId],
    );
    if (!about || about.count < options.minRows || about.count * 64 > options.maxBytes) return undefined;
    const rows = new HotRows(overviewGrid(about.width, about.height));
    const tooLarge = new AbortController();
    const query = `select ${FRAME_COLUMNS}, a.id from core.annotation a where a.image_id = $1 and a.deleted_at is null order by a.id`;
    const reading = copyRows(
      pool,
      query,
      [imageId],
      10,
      (row) => {
        rows.append(hotRowOf(row));
        if (rows.sizeBytes > options.maxBytes || images.get(imageId) !== image) tooLarge.abort();
      },
      tooLarge.signal,
    );
    try {
      await reading;
    } catch (error) {
      if (tooLarge.signal.aborted) return undefined;
      throw error;
    }
    rows.index();
    return rows;
  }

  function makeRoom(forImage: number, bytes: number): void {
    let size = bytes;
    for (const { rows } of images.values()) size += rows?.sizeBytes ?? 0;
    for (const [imageId, { rows }] of images) {
      if (size <= options.maxBytes) return;
      if (imageId === forImage || !rows) continue;
      size -= rows.sizeBytes;
      drop(imageId);
    }
  }

  async function take(imageId: number, image: Image, uuids: readonly string[]): Promise<void> {
    const { rows } = image;
    if (!rows || uuids.length === 0) return;
    let found = 0;
    const query = `select ${FRAME_COLUMNS}, a.id, a.deleted_at is null and a.image_id = $2 from core.annotation a where a.uuid = any($1::uuid[])`;
    await copyRows(pool, query, [[...uuids], imageId], 11, (row) => {
      found++;
      const state = hotRowOf(row);
      rows.put(state.id, row.bytes[row.starts[10]!] === 1 ? state : undefined);
    });
    // Of rows that are gone for good, nobody knows the place.
    if (found < new Set(uuids).size || rows.changes > Math.max(1000, MANY_CHANGES * rows.count)) drop(imageId);
  }

  return {
    frame(filter, label, cursor) {
      const rows = find(filter, label);
      if (!rows) return undefined;
      frame.clear(cursor);
      const isPacked = rows.visit(filter, {
        onPlace: (columns, place, flags) => frame.appendFrom(columns, place, flags),
        onRow: (row) => frame.append(row),
      });
      return isPacked ? frame.finish() : undefined;
    },
    centres(filter, label, cursor) {
      const rows = find(filter, label);
      if (!rows) return undefined;
      const centres = new CentresBuilder(cursor);
      const append = (
        templateId: number,
        flags: number,
        minX: number,
        minY: number,
        maxX: number,
        maxY: number,
      ): void =>
        centres.append({
          x: (minX + maxX) / 2,
          y: (minY + maxY) / 2,
          size: Math.max(maxX - minX, maxY - minY),
          templateId,
          flags,
        });
      const isPacked = rows.visit(filter, {
        onPlace({ numbers }, place, flags) {
          const at = 8 * place;
          const edge = (k: number): number => numbers[at + k]! / GRID;
          append(numbers[at]!, flags, edge(3), edge(4), edge(5), edge(6));
        },
        onRow: ({ templateId, flags, bounds: { minX, minY, maxX, maxY } }) =>
          append(templateId, flags, minX, minY, maxX, maxY),
      });
      return isPacked ? centres.finish() : undefined;
    },
    isHeld: (imageId) => images.get(imageId)?.rows !== undefined,
  };
}
