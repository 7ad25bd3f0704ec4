import { describe, expect, it } from 'vitest';
import { cellIndexOf, countsNothing, mapTemplates, mitosisOf } from './mapping.ts';

const template = (id: number, name: string, more: object = {}) => ({
  ...{ id, name, colour: '#000000', kind: 'box', active: true },
  ...more,
});
const nothingSaid = { cells: {}, mitoses: {} };

describe('what templates stand for', () => {
  // the classes of EXACT's asthma study, as they are spelt there
  const asthma = {
    name: 'Asthma',
    templates: ['Eosinophile', 'Lymohozyten', 'Makrophagen', 'Mastzellen', 'Neutrophile', 'Epithel'].map((name, i) =>
      template(i + 1, name),
    ),
  };
  const mitosis = { name: 'Mitosis', templates: [template(11, 'mitotic figure'), template(12, 'non-mitotic cell')] };

  it('is guessed from their names, and what stands for nothing is told', () => {
    const mapped = mapTemplates([asthma, mitosis], nothingSaid);
    expect(mapped.map(({ cell, mitosis: kind }) => cell ?? kind)).toEqual([
      'eosinophil',
      'lymphocyte',
      'macrophage',
      'mastCell',
      'neutrophil',
      undefined,
      'figure',
      'lookAlike',
    ]);
    expect(countsNothing(mapped).map(({ name }) => name)).toEqual(['Epithel']);
    expect([...cellIndexOf(mapped).keys()]).toEqual([1, 2, 3, 4, 5]);
    expect([...mitosisOf(mapped)]).toEqual([
      [11, 'figure'],
      [12, 'lookAlike'],
    ]);
  });

  it('is what a manager has said, also that it is nothing', () => {
    const mapped = mapTemplates([asthma, mitosis], {
      cells: { '1': 'none', '6': 'macrophage' },
      mitoses: { '12': 'figure' },
    });
    const of = (id: number) => mapped.find((one) => one.id === id);
    expect(of(1)).toMatchObject({ cell: undefined, cellBy: 'set' });
    expect(of(6)).toMatchObject({ cell: 'macrophage', cellBy: 'set' });
    expect(of(12)).toMatchObject({ mitosis: 'figure', mitosisBy: 'set' });
    expect(of(11)).toMatchObject({ mitosis: 'figure', mitosisBy: 'name' });
  });

  it('is nothing for templates that are put away, and labels of whole images are not listed', () => {
    const product = {
      name: 'Old',
      templates: [template(1, 'Neutrophile', { active: false }), template(2, 'Mast cells', { kind: 'image' })],
    };
    expect(mapTemplates([product], { cells: { '1': 'neutrophil' }, mitoses: {} })).toMatchObject([
      { id: 1, cell: undefined, cellBy: 'inactive' },
    ]);
  });
});
