import type { Geometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import type { AnnotationRecord } from '../../annotate/store/index.ts';
import { makeClip, pasteEdits, readClip, type PasteTarget } from './clipboard.ts';

const template = (id: number, name: string, kind: Template['kind'], active = true): Template =>
  ({ id, name, kind, active }) as Template;
const HERE = [template(1, 'Cell', 'box'), template(2, 'Tumour', 'polygon'), template(3, 'Grade 1', 'image')];
const box: Geometry = { kind: 'box', x: 10, y: 10, width: 20, height: 20 };
const record = (templateId: number, geometry: Geometry = box, more: Partial<AnnotationRecord> = {}): AnnotationRecord =>
  ({ uuid: 'u', templateId, geometry, ...more }) as AnnotationRecord;
const clipOf = (records: readonly AnnotationRecord[]) => makeClip(records, HERE, { projectId: 7, imageId: 5 });

let made = 0;
const target = (over: Partial<PasteTarget> = {}): PasteTarget => ({
  projectId: 7,
  templates: HERE,
  width: 100,
  height: 100,
  dx: 0,
  dy: 0,
  hasLabel: () => false,
  makeUuid: () => `new-${++made}`,
  ...over,
});

describe('copied annotations', () => {
  it('are read again as they were written, with description and meta data', () => {
    const clip = clipOf([record(1, box, { description: 'd', meta: { a: 1 } })]);
    expect(readClip(JSON.stringify(clip))).toEqual(clip);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['words', 'hello'],
    ['broken JSON', '{"exact":"annotations"'],
    ['another version', '{"exact":"annotations","version":2}'],
    ['no items', JSON.stringify({ ...clipOf([record(1)]), items: [] })],
    ['an impossible shape', JSON.stringify(clipOf([record(1, { ...box, width: -1 })]))],
    ['too many', JSON.stringify({ ...clipOf([record(1)]), items: Array(5001).fill(clipOf([record(1)]).items[0]) })],
  ])('are not taken from %s', (_, text) => {
    expect(readClip(text)).toBeUndefined();
  });
});

describe('pasting', () => {
  it('makes new annotations of the same class, moved as asked', () => {
    const { edits, refused } = pasteEdits(clipOf([record(1), record(1)]), target({ dx: 5, dy: -5 }));
    expect(edits).toMatchObject([{ op: 'create', templateId: 1, geometry: { x: 15, y: 5 } }, { templateId: 1 }]);
    expect(new Set(edits.map((edit) => edit.uuid)).size).toBe(2);
    expect(refused).toEqual({ outside: 0, classes: [], labels: 0 });
  });

  it('takes the class of the same name and kind in another project, whatever has the same id there', () => {
    const there = [template(1, 'Artefact', 'box'), template(9, 'cell', 'box'), template(8, 'Cell', 'polygon')];
    expect(pasteEdits(clipOf([record(1)]), target({ projectId: 8, templates: there })).edits).toMatchObject([
      { templateId: 9 },
    ]);
  });

  it('leaves out and counts what has no class, is retired, lies outside or is a label that the image has', () => {
    const clip = clipOf([
      record(1, { ...box, x: 195 }),
      record(2, { kind: 'polygon', polygons: [[[0, 0, 5, 0, 5, 5]]] }),
      record(3, { kind: 'image' }),
      record(3, { kind: 'image' }),
    ]);
    const { edits, refused } = pasteEdits(
      clip,
      target({ templates: [...HERE.filter(({ id }) => id !== 2), template(2, 'Tumour', 'polygon', false)] }),
    );
    expect(edits).toMatchObject([{ templateId: 3 }]);
    expect(refused).toEqual({ outside: 1, classes: [{ name: 'Tumour', kind: 'polygon', count: 1 }], labels: 1 });
    expect(pasteEdits(clip, target({ hasLabel: () => true })).refused.labels).toBe(2);
  });
});
