// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
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
