import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPerson } from '@exact/sdk/testing';
import { type BootedKernel, bootTestKernel } from '../testing.ts';

let kernel: BootedKernel;
let anna: TestPerson;
beforeAll(async () => {
  kernel = await bootTestKernel({ plugins: [] });
  anna = await kernel.person('anna');
});
afterAll(() => kernel?.close());

const KEYS = { preset: 'qupath', bindings: { 'annotate:tool-box': ['Shift+R'] }, areSingleKeysOn: true };
const put = (person: TestPerson, keys: unknown) => person.request('PATCH', '/api/v2/me', { preferences: { keys } });

describe('preference "keys"', () => {
  it.each([
    ['an unknown preset', { ...KEYS, preset: 'vim' }, 'body.preferences.keys.preset'],
    ['a command that is no id', { ...KEYS, bindings: { 'rm -rf': ['A'] } }, 'body.preferences.keys.bindings'],
    ['keys with a space', { ...KEYS, bindings: { 'a:b': ['A B'] } }, 'body.preferences.keys.bindings.a:b.0'],
    ['too many keys', { ...KEYS, bindings: { 'a:b': Array(9).fill('A') } }, 'body.preferences.keys.bindings.a:b'],
    [
      'too many commands',
      { ...KEYS, bindings: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`a:${i}`, []])) },
      'body.preferences.keys.bindings',
    ],
    ['fields nobody knows', { ...KEYS, admin: true }, 'body.preferences.keys'],
    ['no object', 'qupath', 'body.preferences.keys'],
  ])('is refused with %s, saying where, and nothing changes', async (_, keys, path) => {
    await put(anna, KEYS);
    const { status, body } = await put(anna, keys);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(body.fields[0].path.startsWith(path)).toBe(true);
    expect((await anna.request('GET', '/api/v2/me')).body.preferences.keys).toEqual(KEYS);
  });

  it('belongs to one person, replaces what was there, and goes with null', async () => {
    const ben = await kernel.person('ben');
    await put(anna, KEYS);
    await put(anna, { ...KEYS, preset: 'exact', bindings: {} });
    expect((await anna.request('GET', '/api/v2/me')).body.preferences.keys).toEqual({
      ...KEYS,
      preset: 'exact',
      bindings: {},
    });
    expect((await ben.request('GET', '/api/v2/me')).body.preferences).toEqual({});
    await put(anna, null);
    expect((await anna.request('GET', '/api/v2/me')).body.preferences).toEqual({});
  });

  it('is too big together with others: refused with the limit, and nothing changes', async () => {
    await put(anna, KEYS);
    const { status, body } = await anna.request('PATCH', '/api/v2/me', { preferences: { notes: 'x'.repeat(65_500) } });
    expect(status).toBe(422);
    expect(body.detail).toContain('65536 bytes');
    expect((await anna.request('GET', '/api/v2/me')).body.preferences).toEqual({ keys: KEYS });
  });
});

describe('preferences "filters:<project>" and "presence"', () => {
  const FILTERS = [{ name: 'To look at', filter: 'class=3&verdict=none' }];
  const send = (preferences: object) => anna.request('PATCH', '/api/v2/me', { preferences });
  it('are kept as they are', async () => {
    await send({ keys: null, 'filters:7': FILTERS, presence: 'hidden' });
    const { body } = await anna.request('GET', '/api/v2/me');
    expect(body.preferences).toEqual({ 'filters:7': FILTERS, presence: 'hidden' });
    await send({ 'filters:7': null, presence: null });
  });
  it.each([
    ['a name twice', { 'filters:7': [...FILTERS, ...FILTERS] }],
    ['no name', { 'filters:7': [{ name: ' ', filter: 'class=3' }] }],
    ['nothing to filter by', { 'filters:7': [{ name: 'x', filter: '' }] }],
    ['more than fifty', { 'filters:7': Array.from({ length: 51 }, (_, i) => ({ name: `n${i}`, filter: 'class=3' })) }],
    ['fields nobody knows', { 'filters:7': [{ ...FILTERS[0], shared: true }] }],
    ['another word for presence', { presence: 'away' }],
  ])('are refused with %s', async (_, preferences) => {
    const { status, body } = await send(preferences);
    expect(status).toBe(422);
    expect(body.fields[0].path).toContain(`body.preferences.${Object.keys(preferences)[0]}`);
  });
});
