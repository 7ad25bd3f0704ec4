import { FormatError, show } from './format-error.ts';

/** A piece of a JSON file that was read by itself, or why it could not be. `path` is a JSON pointer, lines count from 1. */
export type JsonPart =
  | { readonly path: string; readonly line: number; readonly value: unknown }
  | { readonly path: string; readonly line: number; readonly code: string; readonly message: string };

/** What to do with a member of the outermost object: give the elements of its list one by one, give it as a whole, or pass it over. */
export type Wanted = 'each' | 'whole' | 'skip';

/** Largest piece: 100,000 points with all their digits and spaces, and the properties. */
export const MAX_PART_BYTES = 16 * 1024 * 1024;
/** GeoJSON needs ten levels, meta data of the platform hold 32. */
export const MAX_JSON_DEPTH = 64;
const MAX_KEY_BYTES = 1000;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, COMMA, COLON] = [
  34, 92, 91, 93, 123, 125, 44, 58,
];
const [NEWLINE, SPACE, TAB, RETURN] = [10, 32, 9, 13];

/**
 * Reads a JSON file of any size piece by piece: the elements of an outermost list, or members of an outermost object. Holds one
 * piece at a time. Brackets, nesting and the names of members are checked in all of the file; numbers and words by `JSON.parse`
 * in the pieces that are given, which is several times as fast as a parser that gives tokens.
 *
 * @throws FormatError for what spoils the whole file: JSON_SYNTAX of the frame, JSON_TOO_DEEP, JSON_KEY_TWICE, JSON_KEY_REFUSED,
 *         FILE_TRUNCATED
 */
export async function* readJsonParts(
  pieces: AsyncIterable<Uint8Array>,
  wanted: (member: string) => Wanted,
): AsyncGenerator<JsonPart> {
  const splitter = new JsonSplitter(wanted);
  for await (const piece of pieces) yield* splitter.push(piece);
  splitter.end();
}

interface Frame {
  isObject: boolean;
  readonly keys: Set<string>;
  key: string;
  hasKey: boolean;
  wantsKey: boolean;
  index: number;
}

class JsonSplitter {
  readonly #wanted: (member: string) => Wanted;
  readonly #frames: Frame[] = [];
  #depth = 0;
  /** Pieces end at commas and brackets of this depth. */
  #splitDepth = 1;
  #isOver = false;
  #isFirst = true;
  #line = 1;
  #inString = false;
  #isEscaped = false;
  #keyBytes: number[] | undefined;
  /** Whether bytes belong to a piece that is wanted; what of it came with earlier pushes. */
  #isHolding = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isBlank = true;
  #partLine = 1;
  #found: JsonPart[] = [];

  constructor(wanted: (member: string) => Wanted) {
    this.#wanted = wanted;
  }

  push(bytes: Uint8Array): JsonPart[] {
    this.#found = [];
    let at = 0;
    if (this.#isFirst && bytes.length > 0) {
      this.#isFirst = false;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
    }
    let from = at; // of the bytes of the present piece
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!; // within the length
      if (this.#inString) {
        this.#inStringByte(byte);
        continue;
      }
      switch (byte) {
        case NEWLINE:
          this.#line += 1;
          break;
        case SPACE:
        case TAB:
        case RETURN:
          break;
        case QUOTE: {
          const frame = this.#top();
          this.#inString = true;
          this.#keyBytes = frame.isObject && frame.wantsKey ? [] : undefined;
          this.#startText();
          break;
        }
        case OPEN_OBJECT:
        case OPEN_LIST:
          if (this.#open(byte === OPEN_OBJECT)) from = at + 1;
          break;
        case CLOSE_OBJECT:
        case CLOSE_LIST:
          if (this.#depth === this.#splitDepth) this.#finish(bytes, from, at, true);
          this.#close(byte === CLOSE_OBJECT);
          break;
        case COMMA: {
          const frame = this.#top();
          if (this.#depth === this.#splitDepth) {
            this.#finish(bytes, from, at, false);
            if (!frame.isObject) this.#hold();
            from = at + 1;
          }
          frame.wantsKey = frame.isObject;
          frame.hasKey = false;
          frame.index += 1;
          break;
        }
        case COLON: {
          const frame = this.#top();
          if (!frame.isObject || !frame.hasKey)
            throw this.#error('JSON_SYNTAX', 'there is a colon without a name in quotes before it');
          frame.hasKey = false;
          frame.wantsKey = false;
          if (this.#depth === 1) {
            if (this.#wanted(frame.key) !== 'skip') this.#hold();
            this.#isBlank = true;
            from = at + 1;
          }
          break;
        }
        default:
          this.#top();
          this.#startText();
      }
    }
    if (this.#isHolding) this.#keep(bytes.subarray(from));
    return this.#found;
  }

  end(): void {
    if (this.#isOver) return;
    throw this.#error(
      'FILE_TRUNCATED',
      this.#depth === 0
        ? 'the file holds no JSON'
        : 'the file ends in the middle: it was cut short. Export or copy it again',
    );
  }

  /** Ends the reading at anything after the outermost value, or before it where it is neither list nor object. */
  #top(): Frame {
    if (this.#depth === 0)
      throw this.#error(
        'JSON_SYNTAX',
        this.#isOver
          ? 'there is more after the end of the JSON; one file holds one list or object'
          : 'the file does not begin with { or [',
      );
    return this.#frames[this.#depth - 1]!; // made by #open
  }

  #startText(): void {
    if (this.#depth === this.#splitDepth && this.#isBlank) this.#begin();
  }

  #begin(): void {
    this.#isBlank = false;
    this.#partLine = this.#line;
  }

  #inStringByte(byte: number): void {
    if (this.#keyBytes) {
      if (byte !== QUOTE || this.#isEscaped) this.#keyBytes.push(byte);
      if (this.#keyBytes.length > MAX_KEY_BYTES)
        throw this.#error('JSON_KEY_REFUSED', `a name of more than ${MAX_KEY_BYTES} bytes is no name`);
    }
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#keyBytes) this.#takeKey(this.#keyBytes);
      this.#keyBytes = undefined;
    }
  }

  #takeKey(bytes: readonly number[]): void {
    const frame = this.#top();
    let key: string;
    try {
      key = JSON.parse(`"${new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))}"`) as string;
    } catch {
      throw this.#error('JSON_SYNTAX', 'a name is not written as JSON text in UTF-8');
    }
    if (key === '__proto__')
      throw this.#error('JSON_KEY_REFUSED', 'the name "__proto__" is not taken: programs would mistake it. Remove it');
    if (frame.keys.has(key))
      throw this.#error(
        'JSON_KEY_TWICE',
        `the name ${show(key)} stands twice in one object; it is not clear which counts`,
      );
    frame.keys.add(key);
    frame.key = key;
    frame.hasKey = true;
    frame.wantsKey = false;
  }

  /** @returns whether a list begins whose elements are given one by one */
  #open(isObject: boolean): boolean {
    if (this.#depth > 0) {
      this.#top();
    } else if (this.#isOver) this.#top();
    const isEach =
      this.#depth === 1 &&
      this.#splitDepth === 1 &&
      !isObject &&
      this.#isBlank &&
      this.#frames[0]!.isObject &&
      this.#wanted(this.#frames[0]!.key) === 'each';
    if (this.#depth === this.#splitDepth && this.#isBlank && !isEach) this.#begin();
    if (this.#depth >= MAX_JSON_DEPTH)
      throw this.#error(
        'JSON_TOO_DEEP',
        `lists and objects are nested deeper than ${MAX_JSON_DEPTH} levels; no annotation needs that`,
      );
    const frame = (this.#frames[this.#depth] ??= {
      isObject,
      keys: new Set(),
      key: '',
      hasKey: false,
      wantsKey: isObject,
      index: 0,
    });
    frame.isObject = isObject;
    if (frame.keys.size > 0) frame.keys.clear();
    frame.key = '';
    frame.hasKey = false;
    frame.wantsKey = isObject;
    frame.index = 0;
    this.#depth += 1;
    if (isEach) this.#splitDepth = 2;
    const isSplit = isEach || (this.#depth === 1 && !isObject);
    if (isSplit) this.#hold();
    return isSplit;
  }

  #close(isObject: boolean): void {
    const frame = this.#top();
    if (frame.isObject !== isObject)
      throw this.#error(
        'JSON_SYNTAX',
        `a ${frame.isObject ? '{' : '['} is closed by ${isObject ? '}' : ']'}; a part is missing or cut out`,
      );
    this.#depth -= 1;
    if (this.#splitDepth === 2 && this.#depth === 1) {
      this.#splitDepth = 1;
      this.#isBlank = false;
    }
    if (this.#depth === 0) this.#isOver = true;
  }

  #hold(): void {
    this.#isHolding = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#isBlank = true;
  }

  #keep(bytes: Uint8Array): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_PART_BYTES) this.#held = [];
    else if (bytes.length > 0) this.#held.push(bytes.slice()); // the caller may use its buffer again
  }

  #finish(bytes: Uint8Array, from: number, to: number, isLast: boolean): void {
    const frame = this.#top();
    if (!this.#isHolding) return;
    this.#isHolding = false;
    if (this.#isBlank) {
      if (isLast && !frame.isObject && frame.index === 0) return;
      throw this.#error('JSON_SYNTAX', 'a value is missing: a comma too much, or one that was cut out');
    }
    const place = { path: this.#path(), line: this.#partLine };
    const size = this.#heldBytes + to - from;
    if (size > MAX_PART_BYTES) {
      const message = `it has ${size} bytes; at most ${MAX_PART_BYTES} are read for one object. Simplify its shape`;
      this.#found.push({ ...place, code: 'OBJECT_TOO_LARGE', message });
    } else {
      const own = bytes.subarray(from, to);
      this.#found.push({ ...place, ...parse(this.#held.length === 0 ? own : joined([...this.#held, own], size)) });
    }
    this.#held = [];
    this.#heldBytes = 0;
  }

  #path(): string {
    let path = '';
    for (let i = 0; i < this.#depth; i++) {
      const { isObject, key, index } = this.#frames[i]!;
      path += `/${isObject ? key.replaceAll('~', '~0').replaceAll('/', '~1') : index}`;
    }
    return path;
  }

  #error(code: ConstructorParameters<typeof FormatError>[0], what: string): FormatError {
    const place = this.#path();
    return new FormatError(
      code,
      `Line ${this.#line}${place === '' ? '' : `, at ${show(place).slice(1, -1)}`}: ${what}.`,
      place,
    );
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array): { value: unknown } | { code: string; message: string } {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { code: 'TEXT_NOT_UTF8', message: 'it is not UTF-8 text. Save the file as UTF-8' };
  }
  return parseJson(text);
}

/** `JSON.parse` whose failure is a value: what is wrong, in words. */
export function parseJson(text: string): { value: unknown } | { code: string; message: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const word = /(?:^|[[{:,\s])(-?(?:NaN|Infinity|nan|inf))(?=[\]},\s]|$)/.exec(
      text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'),
    )?.[1];
    if (word !== undefined)
      return { code: 'NUMBER_NOT_FINITE', message: `${word} is no number of JSON. Leave it out or write null` };
    return { code: 'JSON_SYNTAX', message: `it is not JSON: ${(error as Error).message.slice(0, 160)}` };
  }
}
