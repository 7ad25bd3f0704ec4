import { describe, expect, it } from 'vitest';
import { reactive } from 'vue';
import { fieldsOf, withDefaults, type FieldSchema } from './schema-fields.ts';

const schema: FieldSchema = {
  type: 'object',
  required: ['overlap'],
  properties: {
    overlap: { type: 'number', minimum: 0, maximum: 0.9, default: 0.15, title: 'Overlap' },
    fieldOrder: { enum: ['rows', 'columns'], default: 'rows' },
    isStrict: { type: 'boolean' },
    labels: { type: 'array', items: { type: 'string' }, default: [] },
    note: { type: 'string', maxLength: 2000 },
    colour: { type: 'string', format: 'color' },
    size: { type: 'object', properties: { width: { type: 'integer', default: 512 } } },
    anything: {},
  },
};

describe('fields of a JSON Schema', () => {
  it('gives each kind of value its control, in the order of the schema', () => {
    expect(fieldsOf(schema).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'overlap number',
      'fieldOrder choice',
      'isStrict switch',
      'labels list',
      'note longText',
      'colour colour',
      'size group',
      'anything json',
    ]);
  });

  it('takes titles from the schema, else from the names', () => {
    const [overlap, order] = fieldsOf(schema);
    expect(overlap).toMatchObject({ title: 'Overlap', isRequired: true });
    expect(order).toMatchObject({
      title: 'Field order',
      isRequired: false,
      choices: [
        { title: 'Rows', value: 'rows' },
        { title: 'Columns', value: 'columns' },
      ],
    });
  });

  it('fills in defaults, also inside, and keeps what is set', () => {
    const filled = withDefaults(reactive(schema), { overlap: 0.3, extra: 1 });
    expect(filled).toEqual({ overlap: 0.3, extra: 1, fieldOrder: 'rows', labels: [], size: { width: 512 } });
    expect(filled['labels']).not.toBe(schema.properties?.['labels']?.default);
  });
});
