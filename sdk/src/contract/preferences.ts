import { z } from 'zod';
import { Name } from './common.ts';

/** Sets of keys to begin with; what a person changes lies on top of one of them. */
export const KEY_PRESETS = ['standard', 'exact', 'qupath', 'cvat'] as const;
export type KeyPreset = (typeof KEY_PRESETS)[number];

const CommandId = z.string().regex(/^[\w.-]{1,64}:[\w.:-]{1,120}$/, 'must be the id of a command, such as viewer:fit');
const KeyText = z.string().min(1).max(40).regex(/^\S+$/, 'must be keys joined by +, such as Ctrl+Shift+Z');

/** Preference `keys`: how a person wants the keyboard. */
export const KeyPreferences = z.strictObject({
  preset: z.enum(KEY_PRESETS),
  /** Own keys by command id; an empty list takes all keys from a command. */
  bindings: z
    .record(CommandId, z.array(KeyText).max(8))
    .refine((bindings) => Object.keys(bindings).length <= 500, 'holds more than 500 commands'),
  /** Off: keys without Ctrl or Alt do nothing. */
  areSingleKeysOn: z.boolean(),
});
export type KeyPreferences = z.output<typeof KeyPreferences>;

/** A filter of shown annotations by its name; `filter` is the query of an address, such as `class=3&verdict=none`. */
export const SavedFilter = z.strictObject({ name: Name.max(60), filter: z.string().min(1).max(4000) });
export type SavedFilter = z.output<typeof SavedFilter>;

/** Preference `filters:<projectId>`: a person's own filters in a project. */
export const SavedFilters = z
  .array(SavedFilter)
  .max(50)
  .refine((filters) => new Set(filters.map(({ name }) => name)).size === filters.length, 'holds a name twice');

/** Preference `presence`: whether others see where this person is. Absent: they do, where people work together. */
const Presence = z.enum(['shown', 'hidden']);

/** Preferences of the platform itself, whose shape the server checks. Plugins and scripts may keep others beside them. */
function schemaOf(name: string): z.ZodType | undefined {
  if (name === 'keys') return KeyPreferences;
  if (name === 'presence') return Presence;
  return /^filters:[1-9]\d{0,9}$/.test(name) ? SavedFilters : undefined;
}

/** Preferences of a person by name; `null` removes one. All together may take 64 KiB. */
export const PreferencesPatch = z.record(z.string().max(64), z.json()).superRefine((preferences, context) => {
  for (const [name, value] of Object.entries(preferences)) {
    const checked = value === null ? undefined : schemaOf(name)?.safeParse(value);
    for (const issue of checked?.error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message, path: [name, ...issue.path] });
    }
  }
});
