/** Limits of what people attach to an annotation; see `JsonObject` in the contract. */
export const MAX_DESCRIPTION = 10_000;
const MAX_META_BYTES = 64 * 1024;
const MAX_META_DEPTH = 32;
const MAX_KEY = 200;

/** Why a value cannot be stored. */
export interface ContentProblem {
  readonly code: string;
  readonly message: string;
}

export function findDescriptionProblem(value: unknown): ContentProblem | undefined {
  if (typeof value !== 'string') return { code: 'DESCRIPTION_INVALID', message: 'description must be text' };
  if (value.length > MAX_DESCRIPTION) {
    return {
      code: 'DESCRIPTION_TOO_LONG',
      message: `description has ${value.length} characters; at most ${MAX_DESCRIPTION} are kept`,
    };
  }
  if (!isStorable(value)) return { code: 'TEXT_NOT_STORABLE', message: `description ${NOT_STORABLE}` };
  return undefined;
}

/** Checks meta data from outside: a plain JSON object, small, not deep, without names that mean something to JavaScript. */
export function findMetaProblem(value: unknown): ContentProblem | undefined {
  if (!isPlainObject(value)) return { code: 'META_INVALID', message: 'meta must be a JSON object' };
  const problem = findValueProblem(value, 1);
  if (problem) return problem;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_META_BYTES) return undefined;
  return { code: 'META_TOO_LARGE', message: `meta has ${bytes} bytes of JSON; at most ${MAX_META_BYTES} are kept` };
}

function findValueProblem(value: unknown, depth: number): ContentProblem | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'string':
      return isStorable(value) ? undefined : { code: 'TEXT_NOT_STORABLE', message: `meta: a text ${NOT_STORABLE}` };
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : { code: 'META_INVALID', message: 'meta holds a number beyond all bounds' };
    case 'object':
      break;
    default:
      return { code: 'META_INVALID', message: `meta holds a ${typeof value}, which is not JSON` };
  }
  if (value === null) return undefined;
  if (depth > MAX_META_DEPTH) {
    return { code: 'META_TOO_DEEP', message: `meta is nested deeper than ${MAX_META_DEPTH} levels` };
  }
  if (Array.isArray(value)) return firstProblem(value, depth);
  if (!isPlainObject(value)) return { code: 'META_INVALID', message: 'meta holds an object that is not JSON' };
  for (const key of Object.keys(value)) {
    // JSON.parse makes it an own property; the first program that copies it by assignment would change a prototype.
    if (key === '__proto__') return { code: 'META_INVALID', message: 'meta must not hold the key "__proto__"' };
    if (key.length > MAX_KEY || !isStorable(key)) {
      return {
        code: 'META_INVALID',
        message: `meta holds a key that is longer than ${MAX_KEY} characters or ${NOT_STORABLE}`,
      };
    }
  }
  return firstProblem(Object.values(value), depth);
}

function firstProblem(values: readonly unknown[], depth: number): ContentProblem | undefined {
  for (const value of values) {
    const problem = findValueProblem(value, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

const NOT_STORABLE = 'holds a character that cannot be stored (U+0000 or half a surrogate pair)';

/** PostgreSQL keeps neither NUL nor unpaired surrogates. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
