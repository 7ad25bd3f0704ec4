import type { Bounds } from '@exact/geometry';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { CleanDraft } from '../validate.ts';

/** Columns of `core.annotation` that a row of a copy file holds, in its order. */
export const COPY_COLUMNS =
  'uuid, image_id, template_id, author_id, editor_id, kind, box, geometry, description, meta, layer_id';
export const COPY_FIELDS = 11;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Rows are written to the disk in portions of this. */
const PORTION_BYTES = 1024 * 1024;
/** All fields of a row but geometry, description and meta data, with their lengths. */
const FIXED_BYTES = 2 + COPY_FIELDS * 4 + 16 + 5 * 4 + 2 + 32 + 1;

/** Writes annotations in PostgreSQL's binary form of COPY (documentation of COPY, "Binary Format"): all is big-endian. */
export interface CopyFile {
  append(draft: CleanDraft, bounds: Bounds): void;
  /** Ends the file; without it the database refuses it. */
  finish(): void;
  close(): void;
}

/** What all rows of an import have in common. */
export interface Origin {
  readonly imageId: number;
  /** Whose work they are. */
  readonly authorId: number;
  /** Who brings them. */
  readonly userId: number;
  readonly layerId?: number | undefined;
}

export function createCopyFile(path: string, { imageId, authorId, userId, layerId }: Origin): CopyFile {
  const file = openSync(path, 'w');
  let buffer = Buffer.allocUnsafe(2 * PORTION_BYTES);
  let at = SIGNATURE.copy(buffer);
  at = buffer.writeInt32BE(0, at); // flags
  at = buffer.writeInt32BE(0, at); // length of the header's extension

  const flush = (): void => {
    for (let done = 0; done < at;) done += writeSync(file, buffer, done, at - done);
    at = 0;
  };
  const writeInt = (value: number): void => {
    at = buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(value, at);
  };
  const writeNull = (): void => {
    at = buffer.writeInt32BE(-1, at);
  };

  return {
    append({ uuid, templateId, shape, description, meta }, bounds) {
      const textBytes = description ? Buffer.byteLength(description) : 0;
      const metaBytes = meta && meta !== '{}' ? Buffer.byteLength(meta) : 0;
      const needed = FIXED_BYTES + shape.packed.length + textBytes + metaBytes;
      if (at + needed > buffer.length) {
        flush();
        if (needed > buffer.length) buffer = Buffer.allocUnsafe(2 * needed);
      }
      at = buffer.writeInt16BE(COPY_FIELDS, at);
      at = buffer.writeInt32BE(16, at);
      at += buffer.write(uuid.replaceAll('-', ''), at, 'hex');
      writeInt(imageId);
      writeInt(templateId);
      writeInt(authorId);
      writeInt(userId);
      at = buffer.writeInt32BE(2, at);
      at = buffer.writeInt16BE(shape.kind, at);
      at = buffer.writeInt32BE(32, at);
      for (const edge of [bounds.maxX, bounds.maxY, bounds.minX, bounds.minY]) at = buffer.writeDoubleBE(edge, at);
      at = buffer.writeInt32BE(shape.packed.length, at);
      buffer.set(shape.packed, at);
      at += shape.packed.length;
      if (description && textBytes > 0) {
        at = buffer.writeInt32BE(textBytes, at);
        at += buffer.write(description, at);
      } else writeNull();
      if (meta && metaBytes > 0) {
        at = buffer.writeInt32BE(metaBytes + 1, at);
        at = buffer.writeInt8(1, at); // version of jsonb's own form
        at += buffer.write(meta, at);
      } else writeNull();
      if (layerId === undefined) writeNull();
      else writeInt(layerId);
      if (at >= PORTION_BYTES) flush();
    },
    finish() {
      at = buffer.writeInt16BE(-1, at);
      flush();
    },
    close: () => closeSync(file),
  };
}
