import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson } from '../http/body.ts';
import { createScene, type Scene } from './fixture.testing.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene?.close());

const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const polygon = (rings: string): string => `{"kind":"polygon","polygons":${rings}}`;
const comb = (teeth: number): string =>
  polygon(
    `[[[0,0,${Array.from({ length: teeth }, (_, i) => `${i / 8},${i % 2 === 0 ? 9 : 1}`).join(',')},${teeth / 8},0]]]`,
  );

/** As JSON texts, since some of these values cannot come otherwise; `…` stands for a box that is right. */
const BAD: readonly (readonly [what: string, item: string, code: string])[] = [
  ['a ring that crosses itself', `{"geometry":${polygon('[[[0,0,10,10,10,0,0,10]]]')}}`, 'GEOMETRY_SELF_CROSSING'],
  [
    'a ring that runs back on itself',
    `{"geometry":${polygon('[[[0,0,10,0,10,10,10,0,0,0,0,5]]]')}}`,
    'GEOMETRY_SELF_CROSSING',
  ],
  ['no ring', `{"geometry":${polygon('[]')}}`, 'GEOMETRY_EMPTY'],
  ['an empty ring', `{"geometry":${polygon('[[[]]]')}}`, 'GEOMETRY_TOO_FEW_POINTS'],
  ['a ring without area', `{"geometry":${polygon('[[[0,0,5,5,9,9]]]')}}`, 'GEOMETRY_ZERO_AREA'],
  ['100,001 points', `{"geometry":${comb(99_999)}}`, 'GEOMETRY_TOO_LARGE'],
  ['rings in rings in rings', `{"geometry":${polygon(nested(10_000))}}`, 'GEOMETRY_NUMBER'],
  ['a hole outside', `{"geometry":${polygon('[[[0,0,9,0,9,9],[20,20,21,20,21,21]]]')}}`, 'GEOMETRY_HOLE_OUTSIDE'],
  [
    'a place beside the slide',
    '{"geometry":{"kind":"box","x":30000,"y":1,"width":5,"height":5}}',
    'GEOMETRY_OUTSIDE_IMAGE',
  ],
  ['a number beyond all bounds', '{"geometry":{"kind":"box","x":1e999,"y":1,"width":5,"height":5}}', 'GEOMETRY_NUMBER'],
  [
    'a coordinate far away',
    '{"geometry":{"kind":"box","x":1e300,"y":1,"width":5,"height":5}}',
    'GEOMETRY_OUT_OF_RANGE',
  ],
  ['a text as number', '{"geometry":{"kind":"box","x":"NaN","y":1,"width":5,"height":5}}', 'GEOMETRY_NUMBER'],
  ['nothing as number', '{"geometry":{"kind":"box","x":null,"y":1,"width":5,"height":5}}', 'GEOMETRY_NUMBER'],
  ['a kind that is none', '{"geometry":{"kind":"__proto__"}}', 'GEOMETRY_KIND'],
  ['another kind of the prototype', '{"geometry":{"kind":"constructor"}}', 'GEOMETRY_KIND'],
  ['no geometry', '{"geometry":null}', 'GEOMETRY_KIND'],
  [
    'a geometry below the prototype',
    '{"geometry":{"__proto__":{"kind":"box","x":1,"y":1,"width":5,"height":5}}}',
    'GEOMETRY_KIND',
  ],
  ['meta data of 70 kB', `{"meta":{"text":"${'x'.repeat(70_000)}"}}`, 'META_TOO_LARGE'],
  ['meta data of many small things', `{"meta":{"list":[${'0,'.repeat(40_000)}0]}}`, 'META_TOO_LARGE'],
  ['meta data of 40 levels', `{"meta":{"a":${nested(40)}}}`, 'META_TOO_DEEP'],
  ['meta data of 100,000 levels', `{"meta":{"a":${nested(100_000)}}}`, 'META_TOO_DEEP'],
  ['meta data that reach for the prototype', '{"meta":{"__proto__":{"isAdmin":true}}}', 'META_INVALID'],
  ['the same further down', '{"meta":{"a":[{"__proto__":1}]}}', 'META_INVALID'],
  ['meta data that are a list', '{"meta":[1]}', 'META_INVALID'],
  ['a number in the meta data beyond all bounds', '{"meta":{"a":1e999}}', 'META_INVALID'],
  ['a long key', `{"meta":{"${'k'.repeat(201)}":1}}`, 'META_INVALID'],
  ['the character 0', '{"description":"a\\u0000b"}', 'TEXT_NOT_STORABLE'],
  ['a template that is a text', '{"templateId":"1"}', 'TEMPLATE_INVALID'],
  ['a template beyond all ids', '{"templateId":2147483648}', 'TEMPLATE_INVALID'],
  ['a list as item', '[]', 'UUID_INVALID'],
];

/** A draft out of a bad part: what is not named is right. */
function draftOf(text: string): unknown {
  const part = JSON.parse(text) as Record<string, unknown>;
  if (Array.isArray(part)) return part;
  const isPolygon = text.includes('"polygon"');
  return { ...scene.box(), ...(isPolygon ? { templateId: scene.templates.polygon } : {}), ...part };
}

async function refusal(lists: object): Promise<{ list: string; index: number; code: string; message: string }[]> {
  const error = await scene.change(scene.ada, lists as never).then(
    () => undefined,
    (thrown: unknown) => thrown as { code: string; status: number; data: { items: [] } },
  );
  expect(error).toMatchObject({ code: 'ANNOTATION_INVALID', status: 422 });
  return error?.data.items ?? [];
}

describe('a request with wrong annotations', () => {
  it.each(BAD)('is refused for %s, naming item, code and reason', async (_, text, code) => {
    const items = await refusal({ create: [scene.box(), draftOf(text), scene.box()] });
    expect(items[0]).toMatchObject({ list: 'create', index: 1, code });
    expect(items[0]?.message.length).toBeGreaterThan(10);
    expect(items[0]?.message.length).toBeLessThan(500);
  });

  it('tells of all wrong changes and stores none of the right ones', async () => {
    const { items } = await scene.change(scene.ada, { create: [scene.box(), scene.box()] });
    const [a, b] = items.map(({ uuid }) => uuid);
    const wrong = BAD.filter(([, text]) => text.startsWith('{"geometry"') && !text.includes('30000'));
    const updates = wrong.map(([, text]) => ({ uuid: randomUUID(), revision: 1, ...(JSON.parse(text) as object) }));
    const told = await refusal({
      create: [scene.box()],
      update: [{ uuid: a, revision: 1, description: 'x' }, ...updates],
    });
    expect(told.map(({ list, index, code }) => [list, index, code])).toEqual(
      wrong.map(([, , code], index) => ['update', index + 1, code]),
    );
    const kept = await scene.annotations.list(
      { imageId: scene.imageId, uuids: [a ?? '', b ?? ''] },
      scene.contextOf(scene.ada),
    );
    expect(kept.items.map(({ revision }) => revision)).toEqual([1, 1]);
  });
});

describe('the body of a request', () => {
  it.each(['"\\u0041"', '{"__proto__":1}'])('is refused when it is nested without end beside %s', async (part) => {
    const text = `{"a":${nested(200_000)},"b":${part}}`;
    const request = Object.assign(Readable.from([Buffer.from(text)]), {
      headers: { 'content-type': 'application/json' },
    });
    await expect(readJson(request as unknown as IncomingMessage, 1e9)).rejects.toMatchObject({ code: 'BAD_JSON' });
  });
});
