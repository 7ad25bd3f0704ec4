import { CentresBuilder, type FrameRoom, FrameWriter, GEOMETRY_KINDS, LARGE_PX, overviewGrid } from '@exact/geometry';
import type { AnnotationFilter, Logger } from '@exact/sdk/server';
import { type BinaryRow, copyRows } from '../../db/copy-rows.ts';
import type { Database } from '../../db/database.ts';
import { GRID, type HotRow } from './hot-columns.ts';
import { planOf } from './hot-filter.ts';
import { HotRows, type HotSelection } from './hot-rows.ts';
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

/** A question that memory may answer. */
export interface HotQuestion {
  readonly imageId: number;
  /** All of them must hold. */
  readonly filters: readonly AnnotationFilter[];
  /** Revision of the image that the answer has to show. */
  readonly label: string;
  readonly cursor: number;
}

/**
 * Images whose annotations are held in memory, because many parts of them are asked for: a viewport costs a fifth of what the
 * database takes for it. An image is used as long as all changes up to the revision asked for are in; what is not held, or not up to
 * date for a moment, is read from the database.
 */
export interface Hot {
  /**
   * @param room - to write the frame into; without it, room is made
   * @returns nothing when the database has to be asked
   */
  frame(question: HotQuestion, room?: FrameRoom): Uint8Array | undefined;
  centres(question: HotQuestion): Uint8Array | undefined;
  isHeld(imageId: number): boolean;
}

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

/** Of {@link FRAME_COLUMNS}, the id and the layer. */
const HOT_COLUMNS = `${FRAME_COLUMNS}, a.id, a.layer_id`;
const FIELDS = 11;

function hotRowOf(row: BinaryRow): HotRow {
  const { uuid, templateId, authorId, revision, flags, bounds, geometry } = rowOf(row);
  const side = Math.max(bounds.maxX - bounds.minX, bounds.maxY - bounds.minY);
  const isLarge = side >= LARGE_PX && (geometry[0]! & 7) !== WHOLE_IMAGE;
  const id = Number(row.bytes.readBigInt64BE(row.starts[9]!));
  const layerId = row.lengths[10]! < 0 ? null : row.bytes.readInt32BE(row.starts[10]!);
  return { id, uuid, templateId, authorId, layerId, revision, flags, bounds, geometry, isLarge };
}

/** Part of the rows after whose change all are read anew. */
const MANY_CHANGES = 0.1;

export function createHot({ pool, sql }: Database, revisions: Revisions, log: Logger, options: HotOptions): Hot {
  /** Those asked for last are last. */
  const images = new Map<number, Image>();
  const resting = new Map<number, number>();

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

  function find({ imageId, filters, label }: HotQuestion): HotSelection | undefined {
    const plan = planOf(imageId, filters);
    if (!plan) return undefined;
    const image = images.get(imageId) ?? {
      ...{ asks: 0, isReading: false, rows: undefined, label: '' },
      turns: Promise.resolve(),
    };
    images.delete(imageId);
    images.set(imageId, image);
    if (images.size > 1000) drop(images.keys().next().value ?? 0); // those only asked about
    if (image.rows) return image.label === label ? image.rows.select(plan) : undefined;
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
    const query = `select ${HOT_COLUMNS} from core.annotation a where a.image_id = $1 and a.deleted_at is null order by a.id`;
    const reading = copyRows(
      pool,
      query,
      [imageId],
      FIELDS,
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
    const query = `select ${HOT_COLUMNS}, a.deleted_at is null and a.image_id = $2 from core.annotation a where a.uuid = any($1::uuid[])`;
    await copyRows(pool, query, [[...uuids], imageId], FIELDS + 1, (row) => {
      found++;
      const state = hotRowOf(row);
      rows.put(state.id, row.bytes[row.starts[FIELDS]!] === 1 ? state : undefined);
    });
    // Of rows that are gone for good, nobody knows the place.
    if (found < new Set(uuids).size || rows.changes > Math.max(1000, MANY_CHANGES * rows.count)) drop(imageId);
  }

  return {
    frame(question, room) {
      const selection = find(question);
      if (!selection) return undefined;
      const frame = new FrameWriter(selection, { cursor: question.cursor }, room);
      selection.visit({
        onPlace: (columns, place, flags) => frame.appendFrom(columns, place, flags),
        onRow: (row) => frame.append(row),
      });
      return frame.finish();
    },
    centres(question) {
      const selection = find(question);
      if (!selection) return undefined;
      const centres = new CentresBuilder(question.cursor);
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
      selection.visit({
        onPlace({ numbers }, place, flags) {
          const at = 8 * place;
          const edge = (k: number): number => numbers[at + k]! / GRID;
          append(numbers[at]!, flags, edge(3), edge(4), edge(5), edge(6));
        },
        onRow: ({ templateId, flags, bounds: { minX, minY, maxX, maxY } }) =>
          append(templateId, flags, minX, minY, maxX, maxY),
      });
      return centres.finish();
    },
    isHeld: (imageId) => images.get(imageId)?.rows !== undefined,
  };
}
