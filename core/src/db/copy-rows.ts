import pg from 'pg';
import { to } from 'pg-copy-streams';

/**
 * Fields of one row, as PostgreSQL's binary format has them: field `i` lies in `bytes` from `starts[i]` on and is `lengths[i]`
 * long, -1 for null. Only valid during the call.
 */
export interface BinaryRow {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
}

/** Signature (11 bytes), flags and length of the header extension. */
const HEADER_BYTES = 19;

/**
 * Reads the rows of a query by `COPY … TO STDOUT (format binary)`: a tenth of the cost of rows as objects. `pg`'s own
 * `binary: true` is no way: it reads every field as UTF-8 and damages it.
 *
 * COPY takes no parameters, so the values are written into the text by {@link inlineValues}.
 *
 * @param signal - ends the statement in the database as well, also while it sorts and has sent nothing yet
 */
export async function copyRows(
  pool: pg.Pool,
  query: string,
  values: readonly unknown[],
  fields: number,
  onRow: (row: BinaryRow) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const client = await pool.connect();
  let failure: Error | undefined;
  const cancel = (): void => {
    // Closing the connection would not do: the database notices that when it has something to send.
    const { processID } = client as unknown as { processID: number };
    pool.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const stream = client.query(to(`copy (${inlineValues(query, values)}) to stdout (format binary)`));
    const read = createRowReader(fields, onRow);
    for await (const piece of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      read(piece);
    }
    signal?.throwIfAborted();
  } catch (error) {
    failure = error as Error;
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    // After a failure part of the copy may still be on its way, and a cancellation too: nobody may use this connection again.
    client.release(failure);
  }
}

/** Takes the binary format piece by piece, as it comes, and calls `onRow` for each row that is complete. */
export function createRowReader(fields: number, onRow: (row: BinaryRow) => void): (piece: Buffer) => void {
  const starts = new Int32Array(fields);
  const lengths = new Int32Array(fields);
  let rest: Buffer = Buffer.alloc(0);
  let isHeaderRead = false;
  return (piece) => {
    const bytes: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    if (!isHeaderRead) {
      if (bytes.length < HEADER_BYTES) {
        rest = bytes;
        return;
      }
      at = HEADER_BYTES + bytes.readInt32BE(HEADER_BYTES - 4);
      isHeaderRead = true;
    }
    for (;;) {
      const end = scanRow(bytes, at, fields, starts, lengths);
      if (end === undefined) break;
      onRow({ bytes, starts, lengths });
      at = end;
    }
    rest = bytes.subarray(at);
  };
}

/** @returns where the next row begins, or nothing when the row is not complete or the trailer (-1) is reached */
function scanRow(
  bytes: Buffer,
  offset: number,
  fields: number,
  starts: Int32Array,
  lengths: Int32Array,
): number | undefined {
  if (offset + 2 > bytes.length || bytes.readInt16BE(offset) < 0) return undefined;
  let at = offset + 2;
  for (let field = 0; field < fields; field++) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readInt32BE(at);
    at += 4;
    starts[field] = at;
    lengths[field] = length;
    if (length > 0) at += length;
    if (at > bytes.length) return undefined;
  }
  return at;
}

/** Writes values into a statement in place of $1, $2, …, quoted by PostgreSQL's rules. */
export function inlineValues(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/\$(\d+)/g, (placeholder, number: string) => {
    const value = values[Number(number) - 1];
    if (value === undefined) throw new Error(`There is no value for ${placeholder}.`);
    return literal(value);
  });
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && Number.isFinite(value)) return `(${value})`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return pg.escapeLiteral(value);
  if (Array.isArray(value)) return `array[${value.map(literal).join(',')}]`;
  throw new Error(`A value of type ${typeof value} cannot be written into a statement.`);
}
