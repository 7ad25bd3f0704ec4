import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BootedKernel, bootTestKernel } from '../core/src/testing.ts';
import type { TestPerson } from '@exact/sdk/testing';
import { PROPERTY_SEED } from './seed.ts';

let kernel: BootedKernel;
let admin: TestPerson;
let world: Record<string, number>;

beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  admin = await kernel.person('fuzz-admin', { isAdmin: true });
  const project = await kernel.project({ 'fuzz-admin': 'manager' });
  world = { projectId: project.id, imageSetId: project.imageSetId };
});
afterAll(() => kernel?.close());

const RUNS = Number(process.env['EXACT_FUZZ_RUNS'] ?? 12);

/** JSON that programs trip over: prototype keys, huge numbers, lone surrogates, deep and wide values. */
const hostile = fc.oneof(
  fc.constant('{"__proto__":{"isAdmin":true}}'),
  fc.constant('{"constructor":{"prototype":{"isAdmin":true}},"toString":1}'),
  fc.constant('{"a":1e309,"b":-1e309}'),
  fc.constant(`{"name":"${'\\ud800'}"}`),
  fc.constant(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
  fc.constant(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
  fc.constant(`{${Array.from({ length: 10_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`),
  fc.constant('{"name":"\\u0000"}'),
  fc.constant('{"name":null,"create":[null],"update":{},"geometry":[]}'),
  fc.constant('{"changeId":"x","create":[{"uuid":1,"geometry":{"kind":"polygon","polygons":[[[0,0,1e999]]]}}]}'),
  fc.constant('not json'),
  fc.constant(''),
  fc.json(),
  fc.string({ maxLength: 200 }),
);
const value = fc.oneof(
  fc.constantFrom('0', '-1', '1e9', '99999999999', 'NaN', '%00', '..%2f..', "1'--", '{}', 'a'.repeat(3000)),
  fc.string({ maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

describe('malformed requests', () => {
  it('get a 4xx problem document that names the field, never a 500, never a stack', async () => {
    const wrong: string[] = [];
    let calls = 0;
    const endpoints = kernel
      .endpoints()
      .filter(({ path }) => !/auth\/session|me\/sessions|users\/:userId\/anonymise/.test(path));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...endpoints),
        hostile,
        value,
        value,
        fc.boolean(),
        async ({ method, path }, body, param, query, isReal) => {
          calls++;
          const address = path.replace(/:(\w+)/g, (_, name: string) =>
            isReal && world[name] !== undefined ? String(world[name]) : param,
          );
          const response = await fetch(
            `${kernel.url}${address}?limit=${query}&cursor=${query}&box=${query}&search=${query}`,
            {
              method,
              headers: { cookie: admin.cookie, 'content-type': 'application/json' },
              ...(method === 'GET' ? {} : { body }),
            },
          );
          const text = await response.text();
          if (response.status >= 500)
            wrong.push(`${method} ${address} ${body.slice(0, 80)}: ${response.status} ${text.slice(0, 300)}`);
          if (response.status >= 400) {
            if (!(response.headers.get('content-type') ?? '').startsWith('application/problem+json'))
              wrong.push(`${method} ${address}: ${response.headers.get('content-type')}`);
            if (/\bat .*\.ts:\d+|node_modules/.test(text)) wrong.push(`${method} ${address}: a stack in the answer`);
          }
        },
      ),
      { seed: PROPERTY_SEED, numRuns: RUNS * endpoints.length, endOnFailure: true },
    );
    process.stdout.write(`malformed requests: ${calls} tried\n`);
    expect(wrong).toEqual([]);
  }, 300_000);

  it('name each wrong field', async () => {
    const { body } = await admin.request('POST', `/api/v2/projects/${world['projectId']}/image-sets`, {
      name: '',
      tags: [1],
      surprise: true,
    });
    expect(body).toMatchObject({ status: 422, code: 'INVALID_REQUEST' });
    expect(body.fields.map((field: { path: string }) => field.path)).toEqual(
      expect.arrayContaining(['body.name', 'body.tags.0', 'body']),
    );
  });

  it.each([
    ['the character 0 in a text', `{"name":"Set","description":"a\\u0000b"}`],
    ['half a surrogate pair', `{"name":"Set","description":"\\ud800"}`],
    ['a key that reaches for prototypes', `{"name":"Set","__proto__":{"isAdmin":true}}`],
    ['the same, written in escapes', `{"name":"Set","\\u005f_proto__":{}}`],
  ])('with %s are bad JSON', async (_, body) => {
    const response = await fetch(`${kernel.url}/api/v2/projects/${world['projectId']}/image-sets`, {
      method: 'POST',
      headers: { cookie: admin.cookie, 'content-type': 'application/json' },
      body,
    });
    expect(await response.json()).toMatchObject({ status: 400, code: 'BAD_JSON' });
  });

  it('with the character 0 in the address are refused', async () => {
    const { body } = await admin.request('GET', `/api/v2/projects/${world['projectId']}/image-sets?search=%00`);
    expect(body).toMatchObject({ status: 422, code: 'INVALID_REQUEST' });
  });

  it('that Node cannot read get a problem document as well', async () => {
    const response = await fetch(`${kernel.url}/api/v2/projects/1`, { headers: { 'x-long': 'a'.repeat(20_000) } });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });

  it('of too many bytes are stopped while they come in', async () => {
    const { body } = await admin.request('POST', `/api/v2/projects/${world['projectId']}/image-sets`, {
      name: 'x'.repeat(2 * 1024 * 1024),
    });
    expect(body).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  it('from another site change nothing', async () => {
    const response = await fetch(`${kernel.url}/api/v2/projects/${world['projectId']}/image-sets`, {
      method: 'POST',
      headers: { cookie: admin.cookie, 'content-type': 'application/json', origin: 'https://evil.example' },
      body: '{"name":"x"}',
    });
    expect(await response.json()).toMatchObject({ status: 403, code: 'FOREIGN_ORIGIN' });
  });
});
