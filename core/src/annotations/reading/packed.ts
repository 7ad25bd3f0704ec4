import { CentresBuilder, FRAME_FLAGS, FrameBuilder, GEOMETRY_KINDS, type PackedFrameRow } from '@exact/geometry';
import { MAX_CENTRES, MAX_FRAME_ANNOTATIONS, MAX_FRAME_BYTES, TooManyAnnotationsError } from '@exact/sdk/contract';
import type pg from 'pg';
import { type BinaryRow, copyRows } from '../../db/copy-rows.ts';
import type { Predicate } from '../visibility.ts';

export interface PackedOptions {
  /** Place in the order of events that the answer shows at least; 0 when it is not to be told. */
  readonly cursor: number;
  readonly signal: AbortSignal;
}

/** What one answer holds at most. */
export interface PackedLimits {
  readonly annotations: number;
  readonly geometryBytes: number;
}
export const FRAME_LIMITS: PackedLimits = { annotations: MAX_FRAME_ANNOTATIONS, geometryBytes: MAX_FRAME_BYTES };

/** Columns of `core.annotation a` for {@link rowOf}. */
const STATE = 'a.verdict, a.deleted_at is not null, a.locked';
export const FRAME_COLUMNS = `${STATE}, a.box, a.template_id, a.uuid, a.author_id, a.revision, a.geometry`;
const CENTRE_COLUMNS = `${STATE}, a.box, a.template_id`;
const WHOLE_IMAGE = GEOMETRY_KINDS.indexOf('image');

/**
 * Reads whole annotations into a frame, oldest first.
 *
 * @throws TooManyAnnotationsError before memory is taken for more than a frame may hold
 */
export async function readFrame(
  pool: pg.Pool,
  { text, values }: Predicate,
  { cursor, signal }: PackedOptions,
  limits = FRAME_LIMITS,
): Promise<Uint8Array> {
  const frame = new FrameBuilder({ cursor });
  let geometryBytes = 0;
  const query = `select ${FRAME_COLUMNS} from core.annotation a where ${text} order by a.id`;
  await copyRows(
    pool,
    query,
    values,
    9,
    (row) => {
      geometryBytes += row.lengths[8]!;
      if (frame.count === limits.annotations || geometryBytes > limits.geometryBytes) throw tooManyShapes(limits);
      frame.append(rowOf(row));
    },
    signal,
  );
  return frame.finish();
}

/**
 * Reads annotations as dots, oldest first.
 *
 * @param withUuids - each with its UUID; labels of the whole image, which have no place, are left out then
 * @throws TooManyAnnotationsError when there are more than one answer holds
 */
export async function readCentres(
  pool: pg.Pool,
  { text, values }: Predicate,
  { cursor, signal, withUuids = false }: PackedOptions & { readonly withUuids?: boolean },
  most = MAX_CENTRES,
): Promise<Uint8Array> {
  const centres = new CentresBuilder(cursor, { withUuids });
  const condition = withUuids ? `a.kind <> ${WHOLE_IMAGE} and ${text}` : text;
  const query = `select ${CENTRE_COLUMNS}${withUuids ? ', a.uuid' : ''} from core.annotation a where ${condition} order by a.id`;
  await copyRows(
    pool,
    query,
    values,
    withUuids ? 6 : 5,
    (row) => {
      if (centres.count === most) throw new TooManyAnnotationsError({ what: 'centres', limit: `${most} annotations` });
      const { minX, minY, maxX, maxY } = boxOf(row);
      const dot = {
        x: (minX + maxX) / 2,
        y: (minY + maxY) / 2,
        size: Math.max(maxX - minX, maxY - minY),
        templateId: row.bytes.readInt32BE(row.starts[4]!),
        flags: flagsOf(row),
      };
      centres.append(dot, withUuids ? row.bytes.subarray(row.starts[5]!, row.starts[5]! + 16) : undefined);
    },
    signal,
  );
  return centres.finish();
}

export const tooManyShapes = ({ annotations, geometryBytes }: PackedLimits): Error =>
  new TooManyAnnotationsError({
    what: 'frames',
    limit: `${annotations} annotations or ${geometryBytes} bytes of shapes`,
  });

/** Reads a row of {@link FRAME_COLUMNS}; its bytes are only valid as long as those of the row. */
export function rowOf(row: BinaryRow): PackedFrameRow & { readonly uuid: Uint8Array; readonly flags: number } {
  const { bytes, starts, lengths } = row;
  const at = (field: number): number => starts[field]!; // nine fields, see FRAME_COLUMNS
  return {
    uuid: bytes.subarray(at(5), at(5) + 16),
    templateId: bytes.readInt32BE(at(4)),
    authorId: bytes.readInt32BE(at(6)),
    revision: bytes.readInt32BE(at(7)),
    flags: flagsOf(row),
    bounds: boxOf(row),
    geometry: bytes.subarray(at(8), at(8) + lengths[8]!),
  };
}

/** Of the columns of STATE. */
function flagsOf({ bytes, starts, lengths }: BinaryRow): number {
  const verdict = lengths[0]! > 0 ? bytes.readInt16BE(starts[0]!) : 0;
  return (
    (verdict === 1 ? FRAME_FLAGS.verified : verdict === 2 ? FRAME_FLAGS.rejected : 0) |
    (bytes[starts[1]!] === 1 ? FRAME_FLAGS.deleted : 0) |
    (bytes[starts[2]!] === 1 ? FRAME_FLAGS.locked : 0)
  );
}

function boxOf({ bytes, starts }: BinaryRow): { minX: number; minY: number; maxX: number; maxY: number } {
  const at = starts[3]!; // the upper right corner comes first
  return {
    maxX: bytes.readDoubleBE(at),
    maxY: bytes.readDoubleBE(at + 8),
    minX: bytes.readDoubleBE(at + 16),
    minY: bytes.readDoubleBE(at + 24),
  };
}
