import { z } from 'zod';
import { Name } from './common.ts';

/** Field of an annotation's meta data that holds the values of its attributes, by key. */
export const ATTRIBUTES_KEY = 'attributes';

export const ATTRIBUTE_TYPES = ['text', 'number', 'integer', 'boolean', 'choice', 'choices', 'date'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

const MAX_ATTRIBUTES = 50;
const MAX_OPTIONS = 200;
const MAX_TEXT = 10_000;

const Common = {
  /** Name of the value in the meta data; never shown. */
  key: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be a letter and up to 63 letters, digits, _ or -')
    .refine((key) => key !== 'constructor' && key !== 'prototype', 'is a word that programs need for themselves'),
  label: Name,
  /** Told as missing while it is not there; drawing goes on all the same. */
  required: z.boolean().optional(),
};
const Limit = z.number().finite();
const Options = z
  .array(Name)
  .min(1)
  .max(MAX_OPTIONS)
  .refine((options) => new Set(options).size === options.length, 'must not hold the same text twice');
const isOrdered = ({ min, max }: { min?: number | undefined; max?: number | undefined }): boolean =>
  min === undefined || max === undefined || min <= max;
const limited = <T extends 'number' | 'integer'>(type: T) =>
  z
    .strictObject({
      ...Common,
      type: z.literal(type),
      min: Limit.optional(),
      max: Limit.optional(),
      unit: z.string().trim().min(1).max(20).optional(),
    })
    .refine(isOrdered, { message: 'must not be less than min', path: ['max'] });

/**
 * One typed value of annotations.
 *
 * | type | value in the meta data | extra fields |
 * |---|---|---|
 * | `text` | string up to 10,000 characters | |
 * | `number`, `integer` | number | `min`, `max` (both allowed themselves), `unit` |
 * | `boolean` | true or false | |
 * | `choice` | one of `options` | `options` |
 * | `choices` | list of different `options` | `options` |
 * | `date` | `2026-11-27` | |
 */
export const Attribute = z.discriminatedUnion('type', [
  z.strictObject({ ...Common, type: z.literal('text') }),
  limited('number'),
  limited('integer'),
  z.strictObject({ ...Common, type: z.literal('boolean') }),
  z.strictObject({ ...Common, type: z.literal('choice'), options: Options }),
  z.strictObject({ ...Common, type: z.literal('choices'), options: Options }),
  z.strictObject({ ...Common, type: z.literal('date') }),
]);
export type Attribute = z.output<typeof Attribute>;

/**
 * Typed attributes of the annotations of a template, in the order in which forms show them.
 *
 * Not JSON Schema: PostgreSQL's `jsonb` does not keep the order of the keys in which that holds its properties, and a form needs a
 * tenth of it.
 */
export const AttributeSchema = z.strictObject({
  attributes: z
    .array(Attribute)
    .min(1)
    .max(MAX_ATTRIBUTES)
    .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'must not hold the same key twice'),
});
export type AttributeSchema = z.output<typeof AttributeSchema>;

export interface AttributeProblem {
  readonly key: string;
  /** What is allowed, as the end of a sentence that begins with the label. */
  readonly message: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values of attributes as an annotation's meta data hold them; empty where there are none. */
export function attributesOf(meta: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  const values = meta?.[ATTRIBUTES_KEY];
  return isRecord(values) ? values : {};
}

/**
 * Finds values that are not of the type that the schema says. What is not there, and what the schema does not know, is no problem:
 * people draw first and fill in later, and a template that loses an attribute must not take anything from its annotations.
 *
 * @param before - values that were there already: what has not changed passes, though the schema may have
 */
export function findAttributeProblems(
  schema: AttributeSchema,
  meta: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>> = {},
): AttributeProblem[] {
  const values = meta[ATTRIBUTES_KEY];
  if (values === undefined) return [];
  if (!isRecord(values)) return [{ key: ATTRIBUTES_KEY, message: 'must be an object with the values by key' }];
  return schema.attributes.flatMap((attribute): AttributeProblem[] => {
    const { key } = attribute;
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined || isSame(value, before[key])) return [];
    const message = findValueProblem(attribute, value);
    return message === undefined ? [] : [{ key, message }];
  });
}

/** @returns what is allowed; nothing when the value is */
export function findValueProblem(attribute: Attribute, value: unknown): string | undefined {
  switch (attribute.type) {
    case 'text':
      return typeof value === 'string' && value.length <= MAX_TEXT
        ? undefined
        : `must be text of at most ${MAX_TEXT} characters`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'choice':
      return typeof value === 'string' && attribute.options.includes(value)
        ? undefined
        : `must be one of ${list(attribute.options)}`;
    case 'choices':
      return Array.isArray(value) &&
        new Set(value).size === value.length &&
        value.every((item) => attribute.options.includes(item as string))
        ? undefined
        : `must be a list of different ones of ${list(attribute.options)}`;
    case 'date':
      return typeof value === 'string' && isDate(value) ? undefined : 'must be a day like 2026-11-27';
    case 'number':
    case 'integer':
      return findNumberProblem(attribute, value);
  }
}

function findNumberProblem(
  { type, min, max, unit }: Extract<Attribute, { type: 'number' | 'integer' }>,
  value: unknown,
): string | undefined {
  const suffix = unit === undefined ? '' : ` ${unit}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (type === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
  if (min !== undefined && value < min) return `must be at least ${min}${suffix}`;
  if (max !== undefined && value > max) return `must be at most ${max}${suffix}`;
  return undefined;
}

/** Labels of required attributes that have no value yet. */
export function missingAttributes(
  schema: AttributeSchema,
  meta: Readonly<Record<string, unknown>> | undefined,
): readonly Attribute[] {
  const values = attributesOf(meta);
  return schema.attributes.filter(({ key, required }) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    return required === true && (value === undefined || value === '' || (Array.isArray(value) && value.length === 0));
  });
}

const list = (options: readonly string[]): string =>
  `${options
    .slice(0, 10)
    .map((option) => `"${option}"`)
    .join(', ')}${options.length > 10 ? ', …' : ''}`;

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => item === b[i]));
