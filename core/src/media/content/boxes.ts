import { type Bytes, corrupt, type Refusal, truncated } from './bytes.ts';

/** Boxes of one level. */
const MAX_BOXES = 10_000;

export interface Box {
  readonly type: string;
  /** Where the type is written. */
  readonly typeAt: number;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
}

/** Gives the boxes of one level (ISO 14496-12, 4.2); the last thing is a refusal where one does not fit. */
export async function* boxesOf(file: Bytes, start: number, end: number): AsyncGenerator<Box | Refusal> {
  let at = start;
  for (let count = 0; at + 8 <= end; count += 1) {
    if (count >= MAX_BOXES) return void (yield corrupt('it has too many parts.'));
    const head = await file.read(at, 16);
    const type = head.toString('latin1', 4, 8);
    let length = head.readUInt32BE(0);
    let headLength = 8;
    if (length === 1) {
      if (head.length < 16) return void (yield truncated('the file'));
      length = Number(head.readBigUInt64BE(8));
      headLength = 16;
    } else if (length === 0) length = end - at; // to the end
    if (length < headLength || !/^[\x20-\x7e\xa9]{4}$/.test(type))
      return void (yield corrupt('its parts do not follow each other.'));
    if (at + length > end) return void (yield truncated('the file'));
    yield { type, typeAt: at + 4, start: at + headLength, end: at + length };
    at += length;
  }
}
