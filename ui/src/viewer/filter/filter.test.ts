import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterText, readFilter, readFilterText, withoutFilter, writeFilter } from './filter-address.ts';
import { createMatcher, type MatchFacts } from './match.ts';
import {
  isSameFilter,
  MOMENTS,
  narrowed,
  normal,
  problemOf,
  toQuery,
  typedValues,
  type ShownFilter,
} from './shown-filter.ts';

const id = fc.integer({ min: 1, max: 2_147_483_647 });
const instant = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'));
const filters: fc.Arbitrary<ShownFilter> = fc
  .record(
    {
      templates: fc.array(id, { maxLength: 5 }),
      authors: fc.array(id, { maxLength: 5 }),
      layers: fc.array(fc.oneof(id, fc.constant(null)), { maxLength: 4 }),
      verdict: fc.constantFrom('none', 'accepted', 'rejected'),
      ...Object.fromEntries(MOMENTS.map((name) => [name, instant])),
      text: word,
      meta: fc.array(fc.record({ key: word, value: fc.oneof(word, fc.constant('')) }), { maxLength: 4 }),
    },
    { requiredKeys: [] },
  )
  .filter((filter) => problemOf(filter as ShownFilter) === undefined) as fc.Arbitrary<ShownFilter>;

describe('a filter in an address', () => {
  it('is read as it was written, whatever it says', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(readFilter(writeFilter(filter))).toEqual({ filter: normal(filter), problems: [] });
        // as browsers pass it on: written into a link and taken apart again
        expect(readFilterText(filterText(filter))).toEqual(normal(filter));
      }),
    );
  });

  it('is written the same however it was put together', () => {
    expect(writeFilter({ templates: [3, 1, 3], text: '  mitosis ' })).toEqual({ class: '1,3', text: 'mitosis' });
    expect(isSameFilter({ templates: [2, 1], authors: [] }, { templates: [1, 2] })).toBe(true);
  });

  it('leaves the place and all else of the address alone', () => {
    expect(withoutFilter({ x: '1', zoom: '2', class: '3', meta: 'a=b', createdFrom: 'x' })).toEqual({
      x: '1',
      zoom: '2',
    });
  });

  it.each([
    ['class', 'abc'],
    ['class', '0'],
    ['class', '1,,2'],
    ['class', '99999999999'],
    ['author', '-4'],
    ['layer', 'all'],
    ['verdict', 'perhaps'],
    ['createdFrom', '2026-13-01'],
    ['createdTo', 'yesterday'],
    ['changedFrom', '2026-02-30T00:00'],
    ['text', 'x'.repeat(201)],
    ['meta', 'stain'],
    ['meta', '=HE'],
    ['meta', 'stain=%E0%A4%A'],
    ['meta', 'stain=a%00'],
  ])('names what it cannot understand: %s=%s', (name, value) => {
    expect(readFilter({ [name]: value, verdict: name === 'verdict' ? value : 'none' })).toEqual({
      filter: name === 'verdict' ? {} : { verdict: 'none' },
      problems: expect.arrayContaining([{ name, value }]),
    });
  });

  it('loses an end that lies before its beginning, and says so', () => {
    const query = { createdFrom: '2026-05-02T00:00Z', createdTo: '2026-05-01T00:00Z' };
    expect(readFilter(query)).toEqual({
      filter: { createdFrom: '2026-05-02T00:00:00.000Z' },
      problems: [{ name: 'createdTo', value: query.createdTo }],
    });
  });

  it('never throws, whatever stands in an address', () => {
    const anything = fc.oneof(fc.string(), fc.constant(null), fc.array(fc.string()), fc.constant(undefined));
    const names = ['class', 'author', 'layer', 'verdict', ...MOMENTS, 'text', 'meta'];
    fc.assert(
      fc.property(fc.record(Object.fromEntries(names.map((name) => [name, anything]))), (query) => {
        const { filter } = readFilter(query);
        expect(problemOf(filter)).toBeUndefined();
        expect(readFilter(writeFilter(filter))).toEqual({ filter, problems: [] });
      }),
    );
  });
});

describe('a filter for the server', () => {
  it('takes the beginning of a period in and leaves its end out, to the microsecond', () => {
    expect(toQuery({ createdFrom: '2026-05-01T00:00:00.000Z', createdTo: '2026-05-02T00:00:00.000Z' })).toEqual({
      createdAfter: '2026-04-30T23:59:59.999999Z',
      createdBefore: '2026-05-02T00:00:00.000Z',
    });
  });

  it('asks for what typed text may stand for', () => {
    expect(typedValues('3')).toEqual(['3', 3]);
    expect(typedValues('true')).toEqual(['true', true]);
    expect(['03', '0x3', '', ' 3', '1e999', 'HE'].map(typedValues)).toEqual([
      ['03'],
      ['0x3'],
      [''],
      [' 3'],
      ['1e999'],
      ['HE'],
    ]);
    expect(
      toQuery({
        meta: [
          { key: 'grade', value: '3' },
          { key: 'grade', value: 'high' },
        ],
      }),
    ).toEqual({
      meta: '{"grade":["3",3,"high"]}',
    });
  });

  it('is narrowed to a class or to what nobody has judged, or to nothing where both cannot be', () => {
    expect(narrowed({ templates: [1, 2], authors: [5] }, { templateId: 2 })).toEqual({ templates: [2], authors: [5] });
    expect(narrowed({ templates: [1] }, { templateId: 2 })).toBeUndefined();
    expect(narrowed({ verdict: 'accepted' }, { isUnverified: true })).toBeUndefined();
    expect(narrowed({ authors: [5] }, { isUnverified: true })).toEqual({ authors: [5], verdict: 'none' });
  });
});

describe('matching here', () => {
  const facts: MatchFacts = { templateId: 1, authorId: 2, verdict: 'accepted' };
  it('knows at once what is drawn and by whom, and says where it cannot know', () => {
    expect(createMatcher({})(facts)).toBe(true);
    expect(createMatcher({ templates: [1], verdict: 'accepted' })(facts)).toBe(true);
    expect(createMatcher({ verdict: 'none' })(facts)).toBe(false);
    expect(createMatcher({ text: 'x' })(facts)).toBeUndefined();
    expect(createMatcher({ text: 'x', authors: [3] })(facts)).toBe(false);
    expect(createMatcher({ createdFrom: '2026-01-01T00:00:00.000Z' })(facts)).toBeUndefined();
  });

  it('finds meta data as they stand, in a list, and among the attributes', () => {
    const has = (meta: Record<string, unknown>) =>
      createMatcher({ meta: [{ key: 'grade', value: '3' }] })({ ...facts, meta });
    expect([{ grade: 3 }, { grade: '3' }, { grade: [1, 3] }, { attributes: { grade: [3] } }].map(has)).toEqual(
      Array(4).fill(true),
    );
    expect([{}, { grade: 4 }, { grade: { a: 3 } }, { other: { grade: 3 } }].map(has)).toEqual(Array(4).fill(false));
  });
});
