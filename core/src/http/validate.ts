import { InvalidRequestError } from '@exact/sdk/contract';
import type { z } from 'zod';

/** Checks one part of a request against its schema. @throws INVALID_REQUEST naming each wrong field */
export function validate<S extends z.ZodType>(
  schema: S | undefined,
  value: unknown,
  part: 'params' | 'query' | 'body',
): z.output<S> | undefined {
  if (!schema) return undefined;
  let result: z.ZodSafeParseResult<z.output<S>>;
  try {
    result = schema.safeParse(value);
  } catch (error) {
    if (error instanceof RangeError)
      throw new InvalidRequestError({ fields: [{ path: part, message: 'is nested too deeply' }] });
    throw error;
  }
  if (result.success) return result.data;
  const fields = result.error.issues.slice(0, 50).map((issue) => ({
    path: [part, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
  throw new InvalidRequestError({ fields });
}
