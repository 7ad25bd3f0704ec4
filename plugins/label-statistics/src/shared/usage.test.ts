import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageCsv, usageRows } from './usage.ts';

const templates = [
  { id: 1, name: 'RBC', product: 'Blood', colour: '#E69F00' },
  { id: 2, name: 'WBC', product: 'Blood', colour: '#56B4E9' },
  { id: 3, name: 'Nucleus', product: 'Histology', colour: '#009E73' },
];

describe('usage rows', () => {
  it('put the most used template first and say its part of all', () => {
    const rows = usageRows(
      templates,
      new Map([
        [2, 30],
        [1, 10],
      ]),
      false,
    );
    expect(rows).toEqual([
      { templateId: 2, name: 'WBC', product: 'Blood', colour: '#56B4E9', count: 30, share: 0.75, bar: 1 },
      { templateId: 1, name: 'RBC', product: 'Blood', colour: '#E69F00', count: 10, share: 0.25, bar: 1 / 3 },
    ]);
  });

  it('list unused templates where that is wanted', () => {
    expect(
      usageRows(templates, new Map(), true).map(({ name, count, share, bar }) => [name, count, share, bar]),
    ).toEqual([
      ['Nucleus', 0, 0, 0],
      ['RBC', 0, 0, 0],
      ['WBC', 0, 0, 0],
    ]);
    expect(usageRows(templates, new Map(), false)).toEqual([]);
  });

  it('keep a row for annotations whose template has left the project', () => {
    expect(usageRows([], new Map([[77, 5]]), false)).toEqual([
      { templateId: 77, name: '#77', product: '', count: 5, share: 1, bar: 1 },
    ]);
  });

  it('add up to all that was counted', () => {
    const counts = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1e6 })))
      .map((pairs) => new Map(pairs));
    fc.assert(
      fc.property(counts, fc.boolean(), (map, showZero) => {
        const rows = usageRows(templates, map, showZero);
        const total = [...map.values()].reduce((sum, count) => sum + count, 0);
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(total);
        expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(total === 0 ? 0 : 1, 9);
      }),
    );
  });
});

describe('usage as CSV', () => {
  const heads = ['Product', 'Template', 'Annotations', 'Share'] as const;

  it('quotes what needs it and disarms formulas', () => {
    const rows = usageRows(
      [
        { id: 1, name: '=HYPERLINK("http://x")', product: 'A, B', colour: '#000000' },
        { id: 2, name: 'two\nlines', product: '-1', colour: '#000000' },
      ],
      new Map([
        [1, 2],
        [2, 1],
      ]),
      false,
    );
    expect(usageCsv(rows, heads)).toBe(
      'Product,Template,Annotations,Share\r\n"A, B","\'=HYPERLINK(""http://x"")",2,0.6667\r\n\'-1,"two\nlines",1,0.3333\r\n',
    );
  });
});
