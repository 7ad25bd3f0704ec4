// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { withAttribute } from './attribute-values.ts';
import { metaText, readMetaText } from './meta-text.ts';

const meta = { source: 'x', attributes: { grade: 1 } };

describe('meta data as text', () => {
  it('leave out what a form edits, and keep it', () => {
    expect(JSON.parse(metaText(meta, true))).toEqual({ source: 'x' });
    expect(JSON.parse(metaText(meta, false))).toEqual(meta);
    expect(metaText({ attributes: {} }, true)).toBe('');
    expect(readMetaText('{"source": "y"}', meta, true)).toEqual({ meta: { source: 'y', attributes: { grade: 1 } } });
    expect(readMetaText('', meta, true)).toEqual({ meta: { attributes: { grade: 1 } } });
    expect(readMetaText(' ', meta, false)).toEqual({ meta: {} });
  });

  it.each(['[1]', '"text"', 'null', '{"a": }', '{"a": 1', '{"attributes": {}}', `{"a": "${'x'.repeat(70_000)}"}`])(
    'that cannot be kept, as %.20s, are told with a reason',
    (text) => {
      expect(readMetaText(text, meta, true)).toEqual({ error: expect.stringMatching(/.{10}/) });
    },
  );
});

describe('one attribute', () => {
  it('is set and taken away beside everything else', () => {
    const set = withAttribute(meta, 'stain', 'HE');
    expect(set).toEqual({ source: 'x', attributes: { grade: 1, stain: 'HE' } });
    expect(withAttribute(set, 'grade', undefined)).toEqual({ source: 'x', attributes: { stain: 'HE' } });
    expect(withAttribute({ source: 'x', attributes: { a: 1 } }, 'a', undefined)).toEqual({ source: 'x' });
    expect(withAttribute({ attributes: 'text' }, 'a', 1)).toEqual({ attributes: { a: 1 } });
  });
});
