import { describe, expect, it } from 'vitest';
import { gradeMapOf, mapTemplates } from './mapping.ts';

const template = (id: number, name: string, more: object = {}) => ({
  ...{ id, name, productId: 1, colour: '#000000', kind: 'box', active: true },
  ...more,
});

describe('grades of templates', () => {
  const five = [0, 1, 2, 3, 4].map((grade) => template(10 + grade, String(grade)));

  it('are guessed from names of one product, and what a manager has said comes first', () => {
    const mapped = mapTemplates([...five, template(20, 'Macrophage')], { '11': 'none', '20': 4 });
    expect(mapped.map(({ id, grade, by }) => [id, grade, by])).toEqual([
      [10, 0, 'name'],
      [11, undefined, 'set'],
      [12, 2, 'name'],
      [13, 3, 'name'],
      [14, 4, 'name'],
      [20, 4, 'set'],
    ]);
    expect([...gradeMapOf(mapped)]).toEqual([
      [10, 0],
      [12, 2],
      [13, 3],
      [14, 4],
      [20, 4],
    ]);
  });

  it('are those of active templates for objects: neither labels of images nor templates that are put away count', () => {
    const mapped = mapTemplates([...five, template(30, '5', { kind: 'image' }), template(31, 'x', { active: false })], {
      '31': 2,
    });
    expect(mapped.map(({ id }) => id)).not.toContain(30);
    expect(mapped.at(-1)).toMatchObject({ id: 31, grade: undefined, by: 'inactive' });
  });

  it('are not guessed across products: two numbered classes here and three there are no grading', () => {
    const numbered = ['Type 0', 'Type 1', 'Cell 2', 'Cell 3'].map((name, id) =>
      template(id, name, { productId: id < 2 ? 1 : 2 }),
    );
    expect(gradeMapOf(mapTemplates(numbered, {})).size).toBe(0);
  });
});
