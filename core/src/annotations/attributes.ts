import {
  AnnotationInvalidError,
  type AttributeProblem,
  ATTRIBUTES_KEY,
  AttributeSchema,
  attributesOf,
  findAttributeProblems,
} from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import type { CleanDraft, Problem } from './validate.ts';

/** Code of an item whose attributes are not as the schema of its template says. */
export const ATTRIBUTE_CODE = 'ANNOTATION_ATTRIBUTE';

/** @returns the schema; null for none, and for what an earlier version or a hand in the database has left there */
export function readAttributeSchema(stored: unknown): AttributeSchema | null {
  const result = AttributeSchema.safeParse(stored);
  return result.success ? result.data : null;
}

/** What an item makes of an annotation's meta data, and under which template. */
export interface AttributeCheck extends Pick<Problem, 'list' | 'index' | 'uuid'> {
  readonly templateId: number;
  /** JSON text; nothing where the item leaves the meta data as they are. */
  readonly meta?: string | undefined;
  /** Meta data before: values that stay as they were pass, since the schema may have changed after them. */
  readonly before?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Finds attributes of the wrong type. Asks the database only where an item brings attributes at all; templates without a schema allow
 * anything.
 */
export async function findWrongAttributes(sql: Sql, items: readonly AttributeCheck[]): Promise<Problem[]> {
  const asked = items.filter(({ meta }) => meta?.includes(`"${ATTRIBUTES_KEY}"`) === true);
  if (asked.length === 0) return [];
  const rows = await sql.query<{ id: number; schema: unknown }>(
    'select id, attribute_schema as schema from core.template where id = any($1::int[]) and attribute_schema is not null',
    [[...new Set(asked.map(({ templateId }) => templateId))]],
  );
  const schemas = new Map(rows.map(({ id, schema }) => [id, readAttributeSchema(schema)]));
  return asked.flatMap((item) => wrongAttributesOf(schemas.get(item.templateId), item));
}

/** What is wrong with the attributes of one item under the schema of its template. */
export function wrongAttributesOf(
  schema: AttributeSchema | null | undefined,
  { list, index, uuid, meta, before }: AttributeCheck,
): Problem[] {
  if (!schema || meta?.includes(`"${ATTRIBUTES_KEY}"`) !== true) return [];
  const values = JSON.parse(meta) as Readonly<Record<string, unknown>>;
  return findAttributeProblems(schema, values, attributesOf(before ?? undefined)).map((problem): Problem => ({
    ...{ list, index, ...(uuid === undefined ? {} : { uuid }) },
    code: ATTRIBUTE_CODE,
    message: sentenceOf(schema, problem),
  }));
}

/** @throws AnnotationInvalidError with every draft whose attributes are of the wrong type */
export async function demandAttributes(sql: Sql, drafts: readonly CleanDraft[]): Promise<void> {
  const items = await findWrongAttributes(
    sql,
    drafts.map(({ index, uuid, templateId, meta }) => ({ list: 'create', index, uuid, templateId, meta })),
  );
  if (items.length > 0) throw new AnnotationInvalidError({ items });
}

/** Names the field by its label and by its path, since people know one and programs the other. */
function sentenceOf(schema: AttributeSchema, { key, message }: AttributeProblem): string {
  const label = schema.attributes.find((attribute) => attribute.key === key)?.label;
  const path = key === ATTRIBUTES_KEY ? `meta.${key}` : `meta.${ATTRIBUTES_KEY}.${key}`;
  return label === undefined ? `${path} ${message}` : `"${label}" (${path}) ${message}`;
}
