import type { EndpointSpec } from '@exact/sdk/contract';
import { z } from 'zod';
import type { MountedOperation } from './dispatch.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of everything that is mounted now, plugins included. */
export function openApiDocument(operations: readonly MountedOperation[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.fullPath.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[operation.spec.method.toLowerCase()] = describe(operation, path);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Exact',
      version,
      description: 'Coordinates are level-0 pixels. Errors are application/problem+json with a stable `code`.',
    },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'exact_session' },
        token: { type: 'http', scheme: 'bearer', description: 'API token made in the account page' },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    plugin: { type: 'string' },
    requestId: { type: 'string' },
    fields: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

function describe(operation: MountedOperation, path: string): Json {
  const { spec, name, plugin } = operation;
  const isPublic = 'public' in spec.access;
  const first = path.split('/')[3] ?? '';
  return {
    operationId: plugin ? `${plugin}:${name}` : `${first}_${name}`,
    summary: spec.summary,
    tags: [plugin ? `plugin ${plugin}` : first],
    ...(isPublic ? { security: [] } : { security: [{ session: [] }, { token: [] }] }),
    'x-access': spec.access,
    parameters: [...pathParameters(spec, path), ...queryParameters(spec)],
    ...(spec.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(spec.body, 'input') } } } }
      : {}),
    ...(spec.rawBody
      ? { requestBody: { required: true, content: Object.fromEntries(spec.rawBody.map((type) => [type, {}])) } }
      : {}),
    responses: responses(spec, isPublic),
  };
}

function pathParameters(spec: EndpointSpec, path: string): Json[] {
  const properties = spec.params ? propertiesOf(spec.params) : {};
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }));
}

function queryParameters(spec: EndpointSpec): Json[] {
  if (!spec.query) return [];
  const schema = schemaOf(spec.query, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, value]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: value,
  }));
}

function responses(spec: EndpointSpec, isPublic: boolean): Json {
  const status = String(spec.status ?? (spec.response ? 200 : 204));
  const ok: Json = { description: 'done' };
  if (spec.response) {
    ok['content'] =
      'raw' in spec.response
        ? Object.fromEntries(spec.response.raw.map((type) => [type, {}]))
        : { 'application/json': { schema: schemaOf(spec.response, 'output') } };
  }
  const answers: Json = { [status]: ok };
  const add = (code: string, at: number): void => {
    const known = answers[at] as { description: string } | undefined;
    answers[at] = {
      description: known ? `${known.description}, ${code}` : code,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  };
  for (const error of spec.errors ?? []) add(error.code, error.status);
  if (spec.params || spec.query || spec.body) add('INVALID_REQUEST', 422);
  if (!isPublic) {
    add('NOT_SIGNED_IN', 401);
    add('FORBIDDEN', 403);
    add('NOT_FOUND', 404);
  }
  return answers;
}

/** Parts that JSON Schema cannot say (custom checks) become "anything"; their text stands in the summary. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

const propertiesOf = (schema: z.ZodType): Record<string, Json> =>
  (schemaOf(schema, 'output')['properties'] ?? {}) as Record<string, Json>;
