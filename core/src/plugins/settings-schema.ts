import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidRequestError } from '@exact/sdk/contract';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** A plugin's settings in a project, as its JSON Schema describes them. */
export interface SettingsSchema {
  readonly json: Json;
  /** Stored settings completed by the defaults; what no longer fits is left out, so that an upgrade never locks a project out. */
  complete(stored: Json): Json;
  /** @throws INVALID_REQUEST naming each wrong field */
  check(settings: Json): Json;
}

/** Reads `settings.project` of a manifest. @throws when the file is missing or is no JSON Schema */
export async function readSettingsSchema(folder: string, file: string): Promise<SettingsSchema> {
  const json = JSON.parse(await readFile(join(folder, file), 'utf8')) as Json;
  const schema = z.fromJSONSchema(json as never);
  const properties = Object.keys((json['properties'] ?? {}) as Json);
  return {
    json,
    complete(stored) {
      const whole = schema.safeParse(stored);
      if (whole.success) return whole.data as Json;
      const fitting = properties.filter(
        (name) => schema.safeParse({ [name]: stored[name] }).success && Object.hasOwn(stored, name),
      );
      const parts = schema.safeParse(Object.fromEntries(fitting.map((name) => [name, stored[name]])));
      return (parts.success ? parts.data : {}) as Json;
    },
    check(settings) {
      const result = schema.safeParse(settings);
      if (result.success) return result.data as Json;
      throw new InvalidRequestError({
        fields: result.error.issues.map((issue) => ({
          path: ['settings', ...issue.path.map(String)].join('.'),
          message: issue.message,
        })),
      });
    },
  };
}
