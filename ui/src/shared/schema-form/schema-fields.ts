/** A JSON Schema as far as settings of plugins use it. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly { readonly const: unknown; readonly title?: string }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

export type FieldKind = 'switch' | 'number' | 'text' | 'longText' | 'colour' | 'choice' | 'list' | 'group' | 'json';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly title: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly schema: FieldSchema;
  readonly choices: readonly { readonly title: string; readonly value: unknown }[];
}

/** The fields of an object schema in their order. What has no control of its own is edited as JSON. */
export function fieldsOf(schema: FieldSchema): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    kind: kindOf(field),
    title: field.title ?? humanise(name),
    description: field.description ?? '',
    isRequired: schema.required?.includes(name) === true,
    schema: field,
    choices: choicesOf(field),
  }));
}

function kindOf(schema: FieldSchema): FieldKind {
  if (choicesOf(schema).length > 0) return 'choice';
  switch (Array.isArray(schema.type) ? schema.type.find((type) => type !== 'null') : schema.type) {
    case 'boolean':
      return 'switch';
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      if (schema.format === 'color') return 'colour';
      return (schema.maxLength ?? 0) > 200 ? 'longText' : 'text';
    case 'array':
      return schema.items?.type === 'string' ? 'list' : 'json';
    case 'object':
      return schema.properties ? 'group' : 'json';
    default:
      return 'json';
  }
}

function choicesOf(schema: FieldSchema): { title: string; value: unknown }[] {
  if (schema.oneOf)
    return schema.oneOf.map((choice) => ({ title: choice.title ?? String(choice.const), value: choice.const }));
  return (schema.enum ?? []).map((value) => ({ title: humanise(String(value)), value }));
}

/** `fieldOverlap` → `Field overlap` */
function humanise(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Values with the defaults of the schema where there is none. */
export function withDefaults(schema: FieldSchema, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...values };
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const present = filled[name];
    if (field.properties)
      filled[name] = withDefaults(field, isRecord(present) ? present : isRecord(field.default) ? field.default : {});
    else if (present === undefined && field.default !== undefined)
      filled[name] = JSON.parse(JSON.stringify(field.default)); // structuredClone refuses reactive objects
  }
  return filled;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
