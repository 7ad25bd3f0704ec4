import { type Annotation, type AttributeSchema, missingAttributes } from '@exact/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAttributeSchema } from './attributes.ts';
import { createScene, type Scene } from './fixture.testing.ts';

const SCHEMA: AttributeSchema = {
  attributes: [
    { key: 'grade', label: 'Grade', type: 'integer', min: 1, max: 3, required: true },
    { key: 'depth', label: 'Depth', type: 'number', max: 20, unit: 'µm' },
    { key: 'sure', label: 'Certain', type: 'boolean' },
    { key: 'stain', label: 'Stain', type: 'choice', options: ['HE', 'PAS'] },
    { key: 'seen', label: 'Seen in', type: 'choices', options: ['tumour', 'stroma'] },
    { key: 'day', label: 'Day', type: 'date' },
    { key: 'note', label: 'Note', type: 'text' },
  ],
};

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
  await setSchema(SCHEMA);
});
afterAll(() => scene.close());

const setSchema = (schema: unknown): Promise<unknown> =>
  scene.services.database.sql.query('update core.template set attribute_schema = $2 where id = $1', [
    scene.templates.box,
    JSON.stringify(schema),
  ]);
const draw = (attributes: unknown, rest: object = {}) =>
  scene.change(scene.ada, { create: [{ ...scene.box(), ...rest, meta: { other: 'x', attributes } } as never] });
const drawn = async (attributes: unknown): Promise<Annotation> => (await draw(attributes)).items[0] as Annotation;
const write = (annotation: Annotation, patch: object) =>
  scene.change(scene.ada, { update: [{ uuid: annotation.uuid, revision: annotation.revision, ...patch }] });
const invalid = (message: unknown) => ({
  code: 'ANNOTATION_INVALID',
  status: 422,
  data: { items: [expect.objectContaining({ code: 'ANNOTATION_ATTRIBUTE', message })] },
});

describe('attributes of annotations', () => {
  it.each([
    ['grade', 2.5, 'whole number'],
    ['grade', 4, 'at most 3'],
    ['grade', 0, 'at least 1'],
    ['grade', '2', 'a number'],
    ['depth', 21, 'at most 20 µm'],
    ['sure', 'yes', 'true or false'],
    ['stain', 'he', 'one of "HE", "PAS"'],
    ['seen', 'tumour', 'a list'],
    ['seen', ['tumour', 'tumour'], 'different'],
    ['seen', ['bone'], 'different ones of'],
    ['day', '2026-02-30', 'a day like'],
    ['day', '27.11.2026', 'a day like'],
    ['note', 7, 'text'],
    ['note', { html: '<b>' }, 'text'],
  ])('%s of %j is refused with the field and what is allowed', async (key, value, allowed) => {
    const label = SCHEMA.attributes.find((attribute) => attribute.key === key)?.label;
    await expect(draw({ [key]: value })).rejects.toMatchObject(
      invalid(expect.stringMatching(new RegExp(`^"${label}" \\(meta\\.attributes\\.${key}\\) .*${allowed}`))),
    );
  });

  it('of the right types are stored; what is missing or unknown stops nobody', async () => {
    const attributes = {
      depth: 1.5,
      sure: false,
      stain: 'HE',
      seen: ['stroma'],
      day: '2024-02-29',
      note: '<b>',
      old: 1,
    };
    const annotation = await drawn(attributes);
    expect(annotation.meta).toEqual({ other: 'x', attributes });
    expect(missingAttributes(SCHEMA, annotation.meta).map(({ key }) => key)).toEqual(['grade']);
    await expect(draw(['grade'])).rejects.toMatchObject(
      invalid(expect.stringContaining('meta.attributes must be an object')),
    );
  });

  it('are checked in edits by the schema of the class that the annotation has afterwards', async () => {
    const annotation = await drawn({ grade: 1 });
    await expect(write(annotation, { meta: { attributes: { grade: 9 } } })).rejects.toMatchObject(
      invalid(expect.stringContaining('Grade')),
    );
    const [changed] = (await write(annotation, { meta: { attributes: { grade: 3 } } })).items;
    expect(changed?.meta).toEqual({ attributes: { grade: 3 } });
  });

  it('of a class without a schema may be anything', async () => {
    const point = { templateId: scene.templates.point, geometry: { kind: 'point' as const, x: 5, y: 5 } };
    await expect(draw({ grade: 'high' }, point)).resolves.toBeDefined();
  });

  it('that were there before the schema changed stay, while others are edited', async () => {
    const annotation = await drawn({ grade: 3, stain: 'PAS' });
    await setSchema({
      attributes: SCHEMA.attributes.map((item) => (item.key === 'stain' ? { ...item, options: ['HE'] } : item)),
    });
    try {
      const [changed] = (await write(annotation, { meta: { attributes: { grade: 2, stain: 'PAS' } } })).items;
      expect(changed?.meta).toEqual({ attributes: { grade: 2, stain: 'PAS' } });
      await expect(draw({ stain: 'PAS' })).rejects.toMatchObject(invalid(expect.stringContaining('"HE"')));
    } finally {
      await setSchema(SCHEMA);
    }
  });

  it('name every wrong item of a request, and nothing of it is stored', async () => {
    const good = { ...scene.box(), meta: { attributes: { grade: 1 } } };
    const bad = { ...scene.box(), meta: { attributes: { grade: 'x', sure: 1 } } };
    await expect(scene.change(scene.ada, { create: [good, bad, bad] as never })).rejects.toMatchObject({
      code: 'ANNOTATION_INVALID',
    });
    const other = { ...scene.box(), meta: bad.meta };
    await expect(scene.change(scene.ada, { create: [good, bad, other] })).rejects.toMatchObject({
      data: { items: [1, 1, 2, 2].map((index) => expect.objectContaining({ list: 'create', index })) },
    });
    const { items } = await scene.annotations.list(
      { imageId: scene.imageId, uuids: [good.uuid] },
      scene.contextOf(scene.ada),
    );
    expect(items).toEqual([]);
  });
});

describe('a schema of attributes', () => {
  const attribute = { key: 'a', label: 'A', type: 'text' };
  it.each<readonly [string, unknown]>([
    ['without attributes', { attributes: [] }],
    ['of another format', { type: 'object', properties: {} }],
    ['with a key twice', { attributes: [attribute, attribute] }],
    ['with a key that programs need', { attributes: [{ ...attribute, key: '__proto__' }] }],
    ['with a key that programs need', { attributes: [{ ...attribute, key: 'constructor' }] }],
    ['with an empty label', { attributes: [{ ...attribute, label: ' ' }] }],
    ['with a type that is not known', { attributes: [{ ...attribute, type: 'html' }] }],
    ['with a choice of nothing', { attributes: [{ ...attribute, type: 'choice', options: [] }] }],
    ['with the same choice twice', { attributes: [{ ...attribute, type: 'choices', options: ['x', 'x'] }] }],
    ['with limits the wrong way round', { attributes: [{ ...attribute, type: 'number', min: 2, max: 1 }] }],
    ['with limits on a text', { attributes: [{ ...attribute, min: 1 }] }],
    ['with too many', { attributes: Array.from({ length: 51 }, (_, i) => ({ ...attribute, key: `a${i}` })) }],
  ])('%s is none', (_, schema) => {
    expect(readAttributeSchema(schema)).toBeNull();
  });

  it('keeps its order through the database', async () => {
    const [row] = await scene.services.database.sql.query<{ schema: unknown }>(
      'select attribute_schema as schema from core.template where id = $1',
      [scene.templates.box],
    );
    expect(readAttributeSchema(row?.schema)).toEqual(SCHEMA);
  });
});
