import { BadJsonError, BodyTooLargeError, UnsupportedMediaTypeError } from '@exact/sdk/contract';
import type { IncomingMessage } from 'node:http';

export const DEFAULT_BODY_LIMIT = 1024 * 1024;

/** Passes a request's body on piece by piece and ends with BODY_TOO_LARGE as soon as it is longer than it may be. */
export async function* limitedBody(request: IncomingMessage, limitBytes: number): AsyncGenerator<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyTooLargeError({ limitBytes });
  let received = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > limitBytes) throw new BodyTooLargeError({ limitBytes });
    yield chunk;
  }
}

/**
 * Reads a JSON body.
 *
 * @returns nothing when there is no body
 * @throws UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BAD_JSON (also for keys that reach for prototypes)
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitedBody(request, limitBytes)) chunks.push(chunk);
  if (chunks.length === 0) return undefined;
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json') throw new UnsupportedMediaTypeError({ got: type, allowed: ['application/json'] });
  const text = Buffer.concat(chunks).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadJsonError(
      { reason: error instanceof Error ? error.message.slice(0, 200) : 'unreadable' },
      { cause: error },
    );
  }
  // The search is quick; the walk through everything is only paid by bodies that may hold what has to be refused.
  if (text.includes('__proto__') || text.includes('\\u')) refuseHostileParts(text);
  return value;
}

/** Keys that reach for prototypes, and text that PostgreSQL cannot keep: the character 0 and halves of surrogate pairs. */
function refuseHostileParts(text: string): void {
  const check = (part: string): void => {
    if (part === '__proto__') throw new BadJsonError({ reason: 'the key "__proto__" is not allowed' });
    if (part.includes('\0') || !part.isWellFormed())
      throw new BadJsonError({ reason: 'it holds the character U+0000 or half a surrogate pair' });
  };
  try {
    JSON.parse(text, (key, value: unknown) => {
      check(key);
      if (typeof value === 'string' && value !== '__proto__') check(value);
      return value;
    });
  } catch (error) {
    // Unlike reading, the walk goes down by calls.
    if (error instanceof RangeError) throw new BadJsonError({ reason: 'it is nested too deeply' }, { cause: error });
    throw error;
  }
}
