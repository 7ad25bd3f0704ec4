import { describe, expect, it } from 'vitest';
import type { Inventory } from '../shared/file.ts';
import { csvRow } from './csv.ts';
import { suggest } from './suggest.ts';
import { uuidFor } from './uuids.ts';

const inventory = (images: string[], labels: Inventory['labels'] = []): Inventory => ({
  format: 'coco',
  items: 1,
  repairable: 0,
  images: images.map((name) => ({ name, count: 1 })),
  labels,
  authors: [],
  notes: [],
  problemCount: 0,
  codes: [],
  problems: [],
});
const label = (name: string, ...kinds: ('box' | 'polygon')[]): Inventory['labels'][number] => ({
  label: name,
  count: kinds.length,
  kinds: kinds.map((kind) => ({ kind, count: 1 })),
});

describe('a suggestion', () => {
  const images = [
    { id: 1, publicName: '201127-1010-abcd', privateName: 'Slide.A.svs' },
    { id: 2, publicName: '201127-1011-abce', privateName: 'slide b.tif' },
    { id: 3, publicName: '201127-1012-abcf', privateName: 'slide b.ome.tiff' },
  ];
  it('prefers whole names, then names without their ending, and does not choose between two', () => {
    const { images: found } = suggest(
      {
        name: 'x.json',
        inventory: inventory(['201127-1010-ABCD', 'slide.a.png', 'slide b.tif', 'slide b', 'slide c']),
      },
      images,
      [],
    );
    expect(found.map(({ imageId, by }) => [imageId, by])).toEqual([
      [1, 'publicName'],
      [1, 'stem'],
      [2, 'privateName'],
      [null, 'several'],
      [null, 'none'],
    ]);
  });

  it('goes by the name of the file where the file names no image', () => {
    expect(suggest({ name: 'Slide.A.geojson', inventory: inventory(['']) }, images, []).images).toEqual([
      { name: '', imageId: 1, by: 'stem' },
    ]);
  });

  it('takes the template for the kind of most shapes, any case, the last of nested names last, and none that is out of use', () => {
    const template = (id: number, name: string, kind: 'box' | 'polygon', active = true) => ({ id, name, kind, active });
    const templates = [
      template(1, 'Mitotic figure', 'box'),
      template(2, 'mitotic  Figure', 'polygon'),
      template(3, 'Positive', 'box'),
      template(4, 'Gone', 'box', false),
      template(5, 'Tumour: Negative', 'box'),
    ];
    const labels = [
      label('mitotic_figure', 'polygon'),
      label('mitotic figure', 'box', 'polygon'),
      label('Tumour: Positive', 'box'),
      label('Tumour: Negative', 'polygon'),
      label('gone', 'box'),
      label('', 'box'),
    ];
    expect(
      suggest({ name: 'x', inventory: inventory([], labels) }, [], templates).labels.map(
        ({ templateId }) => templateId,
      ),
    ).toEqual([2, 1, 3, 5, null, null]);
  });
});

describe('a row of the list', () => {
  it('is text to a spreadsheet, whatever a file has in its names', () => {
    expect(csvRow(['=1+1', '+2', '-3', '@x', '\tx', 'a"b', 'c,d', 'e\nf', undefined, -5])).toBe(
      `'=1+1,'+2,'-3,'@x,'\tx,"a""b","c,d","e\nf",,-5`,
    );
  });
});

describe('a UUID', () => {
  const rules = { sha256: 'f'.repeat(64), target: 'own', uuids: 'keep' } as const;
  const given = 'd8834b92-9ff9-42c9-9643-87e89c0bb4a8';
  it('is kept, or follows from file, place, target, image and author', () => {
    expect(uuidFor(rules, { uuid: given, place: 'line 1' }, 1, 2)).toBe(given);
    const made = uuidFor(rules, { place: 'line 1' }, 1, 2);
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const others = [
      uuidFor({ ...rules, sha256: 'e'.repeat(64) }, { place: 'line 1' }, 1, 2),
      uuidFor({ ...rules, target: 'layer A' }, { place: 'line 1' }, 1, 2),
      uuidFor(rules, { place: 'line 2' }, 1, 2),
      uuidFor(rules, { place: 'line 1' }, 2, 2),
      uuidFor(rules, { place: 'line 1' }, 1, 3),
      uuidFor({ ...rules, uuids: 'new' }, { uuid: given, place: 'line 1' }, 1, 2),
    ];
    expect(new Set([made, ...others]).size).toBe(7);
    expect(uuidFor(rules, { place: 'line 1' }, 1, 2)).toBe(made);
  });

  it('ends in the mark of who works blind, given or not', () => {
    const mark = '0000002a';
    expect(uuidFor({ ...rules, mark }, { uuid: given, place: 'line 1' }, 1, 2)).toMatch(/0000002a$/);
    expect(uuidFor({ ...rules, mark }, { place: 'line 1' }, 1, 2)).toMatch(/0000002a$/);
    const marked = `${given.slice(0, -8)}${mark}`;
    expect(uuidFor({ ...rules, mark }, { uuid: marked, place: 'line 1' }, 1, 2)).toBe(marked);
  });
});
