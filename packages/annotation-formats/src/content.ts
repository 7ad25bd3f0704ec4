/** Why a text or meta data cannot be stored. Limits are those of the platform's annotations. */
export interface ContentProblem {
  readonly code: string;
  readonly message: string;
}

export const MAX_NAME = 200;
export const MAX_DESCRIPTION = 10_000;
const MAX_META_BYTES = 64 * 1024;
const MAX_META_DEPTH = 32;
const MAX_KEY = 200;

/** Versions 1 to 8 of RFC 9562: the nil and the max UUID name nothing. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The UUID in small letters; nothing for what is none. */
export const readUuid = (value: unknown): string | undefined =>
  typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own members only: files hold names such as "constructor". */
export const member = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

export function findTextProblem(what: string, value: string, max: number): ContentProblem | undefined {
  if (value.length > max)
    return { code: 'TEXT_TOO_LONG', message: `${what} has ${value.length} characters; at most ${max} are kept` };
  return isStorable(value)
    ? undefined
    : { code: 'TEXT_NOT_STORABLE', message: `${what} holds U+0000 or half a surrogate pair, which cannot be stored` };
}

export function findMetaProblem(meta: Readonly<Record<string, unknown>>): ContentProblem | undefined {
  const problem = findValueProblem(meta, 1);
  if (problem) return problem;
  const bytes = new TextEncoder().encode(JSON.stringify(meta)).length;
  return bytes > MAX_META_BYTES
    ? {
        code: 'META_TOO_LARGE',
        message: `its further properties have ${bytes} bytes of JSON; at most ${MAX_META_BYTES} are kept`,
      }
    : undefined;
}

function findValueProblem(value: unknown, depth: number): ContentProblem | undefined {
  if (typeof value === 'string' && !isStorable(value))
    return {
      code: 'TEXT_NOT_STORABLE',
      message: 'a property holds U+0000 or half a surrogate pair, which cannot be stored',
    };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_META_DEPTH)
    return { code: 'META_TOO_DEEP', message: `its further properties are nested deeper than ${MAX_META_DEPTH} levels` };
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && (key.length > MAX_KEY || !isStorable(key)))
      return {
        code: 'META_KEY',
        message: `the name of a property is longer than ${MAX_KEY} characters or cannot be stored`,
      };
    const problem = findValueProblem(inner, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

/** PostgreSQL keeps neither NUL nor unpaired surrogates. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** `#rrggbb` of `[r, g, b]`, of one signed number as Java packs colours, or of that text itself. */
export function readColour(value: unknown): string | undefined {
  const hex = (number: number): string => `#${(number & 0xffffff).toString(16).padStart(6, '0')}`;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0xffffffff) return hex(value);
  if (typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)) return value.toLowerCase();
  if (!Array.isArray(value) || value.length < 3) return undefined;
  const [r, g, b] = value.slice(0, 3) as unknown[];
  const isByte = (part: unknown): part is number =>
    Number.isInteger(part) && (part as number) >= 0 && (part as number) <= 255;
  return isByte(r) && isByte(g) && isByte(b) ? hex((r << 16) | (g << 8) | b) : undefined;
}

/** The last part of a path, whatever system wrote it. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
