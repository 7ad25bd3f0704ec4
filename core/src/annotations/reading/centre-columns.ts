import { GEOMETRY_KINDS, readUuid } from '@exact/geometry';
import { ATTRIBUTES_KEY, MAX_CENTRES, TooManyAnnotationsError } from '@exact/sdk/contract';
import type { AnnotationCentres } from '@exact/sdk/server';
import type pg from 'pg';
import { type BinaryRow, copyRows } from '../../db/copy-rows.ts';
import type { Predicate } from '../visibility.ts';

export interface ColumnsOptions {
  /** Key of meta data, or of the typed attributes in them, whose number is wanted too. */
  readonly metaNumber?: string | undefined;
  readonly signal: AbortSignal;
}

const COLUMNS = 'a.box, a.template_id, a.image_id, a.author_id, a.uuid';
const WHOLE_IMAGE = GEOMETRY_KINDS.indexOf('image');
const BYTES_OF_UUID = 16;

/**
 * Reads annotations in columns, oldest first, without labels of whole images: packed as they come from the database, so that a million
 * of them are a handful of arrays and not a million objects.
 *
 * @throws TooManyAnnotationsError as soon as there are more than `most`
 */
export async function readCentreColumns(
  pool: pg.Pool,
  { text, values }: Predicate,
  { metaNumber, signal }: ColumnsOptions,
  most = MAX_CENTRES,
): Promise<AnnotationCentres> {
  const columns = createColumns(metaNumber !== undefined);
  const key = `$${values.length + 1}::text`;
  // As text: numbers of JSON may be larger than those of the database, whose cast would end the whole reading.
  const number = `(select case when jsonb_typeof(v) = 'number' then v::text end
                     from coalesce(a.meta -> ${key}, a.meta -> '${ATTRIBUTES_KEY}' -> ${key}) v)`;
  await copyRows(
    pool,
    `select ${COLUMNS}${metaNumber === undefined ? '' : `, ${number}`} from core.annotation a
      where a.kind <> ${WHOLE_IMAGE} and ${text} order by a.id`,
    metaNumber === undefined ? values : [...values, metaNumber],
    metaNumber === undefined ? 5 : 6,
    (row) => {
      if (columns.count === most) throw new TooManyAnnotationsError({ what: 'centres', limit: `${most} annotations` });
      columns.append(row);
    },
    signal,
  );
  return columns.finish();
}

/** Columns that grow by doubling. */
function createColumns(hasNumber: boolean) {
  let capacity = 1024;
  let count = 0;
  let x = new Float32Array(capacity);
  let y = new Float32Array(capacity);
  let templateId = new Int32Array(capacity);
  let imageId = new Int32Array(capacity);
  let authorId = new Int32Array(capacity);
  let uuids = new Uint8Array(capacity * BYTES_OF_UUID);
  let number = new Float64Array(hasNumber ? capacity : 0);

  function grow(): void {
    capacity *= 2;
    x = grown(x, new Float32Array(capacity));
    y = grown(y, new Float32Array(capacity));
    templateId = grown(templateId, new Int32Array(capacity));
    imageId = grown(imageId, new Int32Array(capacity));
    authorId = grown(authorId, new Int32Array(capacity));
    uuids = grown(uuids, new Uint8Array(capacity * BYTES_OF_UUID));
    if (hasNumber) number = grown(number, new Float64Array(capacity));
  }

  return {
    get count() {
      return count;
    },
    append({ bytes, starts, lengths }: BinaryRow): void {
      if (count === capacity) grow();
      const at = (field: number): number => starts[field]!; // as many as COLUMNS names
      const box = at(0); // the upper right corner comes first
      x[count] = Math.floor((bytes.readDoubleBE(box) + bytes.readDoubleBE(box + 16)) / 2);
      y[count] = Math.floor((bytes.readDoubleBE(box + 8) + bytes.readDoubleBE(box + 24)) / 2);
      templateId[count] = bytes.readInt32BE(at(1));
      imageId[count] = bytes.readInt32BE(at(2));
      authorId[count] = bytes.readInt32BE(at(3));
      uuids.set(bytes.subarray(at(4), at(4) + BYTES_OF_UUID), count * BYTES_OF_UUID);
      if (hasNumber)
        number[count] = lengths[5]! < 0 ? NaN : numberOf(bytes.toString('latin1', at(5), at(5) + lengths[5]!));
      count += 1;
    },
    finish(): AnnotationCentres {
      return {
        count,
        x: x.subarray(0, count),
        y: y.subarray(0, count),
        templateId: templateId.subarray(0, count),
        imageId: imageId.subarray(0, count),
        authorId: authorId.subarray(0, count),
        ...(hasNumber ? { number: number.subarray(0, count) } : {}),
        uuid(index) {
          if (!Number.isInteger(index) || index < 0 || index >= count)
            throw new RangeError(`There is no annotation ${index}: there are ${count}, from 0 on.`);
          return readUuid(uuids, index * BYTES_OF_UUID);
        },
      };
    },
  };
}

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}

function numberOf(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : NaN;
}
