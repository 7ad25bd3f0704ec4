import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, hashOf } from './canonical.ts';
import { emptyStudy, StudyDocument } from './document.ts';
import { casesOf } from './plan.ts';
import { soundStudy } from './study.testing.ts';

describe('the document of a study', () => {
  it('comes back equal from its canonical text, and with it the hash', () => {
    for (const study of [soundStudy(), emptyStudy('New', 5)]) {
      const back = StudyDocument.parse(JSON.parse(canonicalText(study)));
      expect(back).toEqual(study);
      expect(hashOf(back)).toBe(hashOf(study));
    }
  });

  it('has the hash of its canonical bytes, whatever the order of its keys', () => {
    const study = soundStudy();
    const backwards = Object.fromEntries(Object.entries(study).reverse());
    expect(hashOf(backwards)).toBe(hashOf(study));
    expect(hashOf(study)).toBe(createHash('sha256').update(canonicalText(study)).digest('hex'));
    expect(hashOf({ ...study, idleAfterS: 31 })).not.toBe(hashOf(study));
  });

  it('is written canonically: any JSON comes back equal, and the same from a shuffled copy', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // JSON knows no negative zero: it is written as 0.
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalText(JSON.parse(canonicalText(value)))).toBe(canonicalText(value));
      }),
    );
    // RFC 8785, 3.2.3: keys are ordered by UTF-16 code units.
    expect(canonicalText({ '\u20ac': 1, '\r': 2, '1': 4, '\ud83d\ude02': 5, '\u00f6': 7 })).toBe(
      '{"\\r":2,"1":4,"ö":7,"€":1,"😂":5}',
    );
  });

  it.each([
    ['another format', { format: 'other' }],
    ['another version', { version: 2 }],
    ['a field of its own', { colour: 'red' }],
    ['a title of control characters', { title: 'a\u0000b' }],
    ['half a character', { description: '\ud800' }],
    ['a hash that is none', { images: [{ name: 'a', sha256: 'abc' }] }],
    ['an idle time of nothing', { idleAfterS: 0 }],
  ])('is refused with %s', (_, part) => {
    expect(StudyDocument.safeParse({ ...soundStudy(), ...part }).success).toBe(false);
  });
});

it('plans the cases of a reader: task by task, each image once', () => {
  const study = soundStudy();
  const [blind] = study.phases;
  const cases = casesOf(study, blind!, 'ben');
  expect(cases.map(({ task, arm }) => `${task} ${arm}`)).toEqual([
    'mitoses unaided',
    'mitoses unaided',
    'cells aided',
    'cells aided',
  ]);
  expect(cases.map(({ image }) => image).sort()).toEqual(['slide-1', 'slide-2', 'slide-3', 'slide-4']);
  blind!.readings[2]!.images = ['slide-2'];
  expect(casesOf(study, blind!, 'ben').filter(({ task }) => task === 'mitoses')).toEqual([
    { task: 'mitoses', arm: 'unaided', image: 'slide-2' },
  ]);
  expect(casesOf(study, blind!, 'nobody')).toEqual([]);
});
