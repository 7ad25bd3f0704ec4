import { AttributeSchema } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { draftsOf, newAttribute, schemaOf } from './attribute-drafts.ts';

const schema: AttributeSchema = {
  attributes: [
    { key: 'grade', label: 'Grade', type: 'integer', min: 1, max: 3, required: true },
    { key: 'size', label: 'Size', type: 'number', unit: 'µm' },
    { key: 'stain', label: 'Stain', type: 'choice', options: ['HE', 'PAS'] },
    { key: 'seen', label: 'Seen', type: 'date' },
  ],
};

describe('attributes in the form', () => {
  it('go in and out unchanged', () => {
    expect(schemaOf(draftsOf(schema))).toEqual(schema);
    expect(schemaOf(draftsOf(null))).toBeNull();
  });

  it.each([
    ['Nuclear grade', 'nuclearGrade'],
    ['3D', 'value3d'],
    ['日本', 'value'],
    ['constructor', 'constructor2'],
    ['Grade', 'grade2'],
    ['<b>x</b>', 'bXB'],
  ])('get a key made from the label %j that the server takes: %j', (label, key) => {
    const made = schemaOf([...draftsOf(schema), { ...newAttribute(), label }]);
    expect(AttributeSchema.safeParse(made).error).toBeUndefined();
    const last = made?.attributes.at(-1);
    expect(last?.label).toBe(label);
    expect(last?.key).toBe(key);
  });

  it('keep the key when the label changes, since values are stored under it', () => {
    const [first] = draftsOf(schema);
    expect(schemaOf([{ ...first!, label: 'Other' }])?.attributes[0]).toMatchObject({ key: 'grade', label: 'Other' });
  });
});
