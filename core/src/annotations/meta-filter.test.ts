import { AnnotationFilterQuery, type MetaFilter } from '@exact/sdk/contract';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScene, type Scene } from './fixture.testing.ts';

let scene: Scene;
const METAS: Readonly<Record<string, Record<string, unknown>>> = {
  text: { grade: '3', stain: 'HE' },
  number: { grade: 3 },
  list: { grade: [1, 3] },
  attribute: { attributes: { grade: 3, stain: 'HE' } },
  choices: { attributes: { stain: ['HE', 'PAS'] } },
  flag: { isOld: true, stain: 'he' },
  deep: { other: { grade: 3 } },
  none: {},
};
const nameOf = new Map<string, string>();

beforeAll(async () => {
  scene = await createScene();
  const drafts = Object.entries(METAS).map(([name, meta]) => ({ name, draft: { ...scene.box(), meta } }));
  for (const { name, draft } of drafts) nameOf.set(draft.uuid, name);
  await scene.change(scene.ada, { create: drafts.map(({ draft }) => draft) });
});
afterAll(() => scene.close());

async function found(meta: MetaFilter): Promise<(string | undefined)[]> {
  const { items } = await scene.annotations.list({ imageId: scene.imageId, meta }, scene.contextOf(scene.ben));
  return items.map(({ uuid }) => nameOf.get(uuid));
}

describe('the filter by meta data', () => {
  it('finds a value as it stands, in a list, and among the attributes; types and case are told apart', async () => {
    expect(await found({ grade: [3] })).toEqual(['number', 'list', 'attribute']);
    expect(await found({ grade: ['3'] })).toEqual(['text']);
    expect(await found({ stain: ['HE'] })).toEqual(['text', 'attribute', 'choices']);
    expect(await found({ isOld: [true] })).toEqual(['flag']);
    expect(await found({ isOld: [false] })).toEqual([]);
  });

  it('takes one of several values for a key, and asks for all keys', async () => {
    expect(await found({ grade: [3, '3'] })).toEqual(['text', 'number', 'list', 'attribute']);
    expect(await found({ grade: [3, '3'], stain: ['HE'] })).toEqual(['text', 'attribute']);
    expect(await found({})).toHaveLength(Object.keys(METAS).length);
  });

  it('counts by it in overview and totals', async () => {
    const counts = await scene.annotations.count(
      { imageId: scene.imageId, meta: { grade: [3] } },
      'template',
      scene.contextOf(scene.ben),
    );
    expect(counts).toEqual([{ id: scene.templates.box, count: 3 }]);
  });
});

describe('the filter by meta data in a query', () => {
  const query = z.object(AnnotationFilterQuery);
  it('is JSON of keys and lists of plain values', () => {
    expect(query.parse({ meta: '{"stain":["HE"],"grade":[3,"3",true]}' }).meta).toEqual({
      stain: ['HE'],
      grade: [3, '3', true],
    });
  });

  it.each([
    ['no JSON', 'stain=HE'],
    ['no object', '[1]'],
    ['no list', '{"stain":"HE"}'],
    ['an empty list', '{"stain":[]}'],
    ['an object as value', '{"stain":[{"a":1}]}'],
    ['nothing as value', '{"stain":[null]}'],
    ['a sign that the database cannot keep', '{"stain":["a\\u0000"]}'],
    ['half a letter', '{"stain":["\\ud800"]}'],
    ['too many keys', JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, [1]])))],
    ['too much', `{"stain":["${'x'.repeat(201)}"]}`],
  ])('is refused with its name when it is %s', (_, meta) => {
    const result = query.safeParse({ meta });
    expect(result.success).toBe(false);
    expect(result.error?.issues[0]?.path[0]).toBe('meta');
  });
});
