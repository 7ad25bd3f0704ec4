import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../test/data.ts';
import { detectFormat, fitKind, FormatError, FORMATS, indexCoco, type Source } from './index.ts';
import { fileOf, readAll } from './read.testing.ts';

const open =
  (path: string): Source =>
  () =>
    createReadStream(path) as AsyncIterable<Uint8Array>;

describeWithData('MIDOG++ (COCO)', ['annotations/coco/MIDOG++.json'], (file) => {
  it('has 26,286 boxes on 553 images, as two corners: read as sizes, most would leave their image', async () => {
    expect(await detectFormat(open(file))).toBe('coco');
    const { images, categories, ...rest } = await indexCoco(open(file));
    expect([images.size, categories.size, rest]).toEqual([
      553,
      2,
      { annotations: 26_286, boxForm: 'corners', boxesOutside: 19_448 },
    ]);
    const { items, problems } = await readAll('coco', open(file));
    expect([items.length, problems]).toEqual([26_286, []]);
    expect(items[0]).toMatchObject({
      image: '001.tiff',
      label: 'not mitotic figure',
      geometry: { kind: 'box', x: 4336, y: 346, width: 50, height: 50 },
      meta: { coco: { id: 1 } },
    });
    expect(
      items.every(({ geometry }) => geometry.kind === 'box' && geometry.width < 200 && geometry.height < 200),
    ).toBe(true);
    expect(items.filter(({ label }) => label === 'mitotic figure')).toHaveLength(11_937);
  });
});

const EXPORTS = {
  'annotations/exact-export-mitosis/deleted_mitosis.txt': [144, { log: 16 }],
  'annotations/exact-export-mitosis/export_[First Round] Mitotic Figure_LabelStudy_Participant_3.txt': [
    658,
    { log: 87, 'not-in-image': 107, deleted: 2 },
  ],
  'annotations/exact-export-mitosis/ground truth.txt': [728, { log: 16 }],
  'annotated/asthma/exact-export/export_[First Round] Asthma_LabelStudy_Participant_3.txt': [469, { log: 53 }],
  'annotated/asthma/exact-export/export_[First Round] Asthma_LabelStudy_Participant_5.txt': [
    470,
    { log: 43, deleted: 9 },
  ],
  'annotated/asthma/exact-export/export_[First Round] Asthma_LabelStudy_Participant_9.txt': [
    474,
    { log: 68, deleted: 1 },
  ],
  'annotated/asthma/exact-export/ground truth (patches).txt': [524, { header: 1, deleted: 129 }],
  'annotated/asthma/exact-export/ground truth.txt': [524, { log: 351, deleted: 129 }],
  'annotated/asthma/exact-export/changed.txt': [15, {}],
  'annotated/asthma/exact-export/deleted.txt': [5, {}],
  'annotated/asthma/exact-export/nms.txt': [9, {}],
  'annotated/eiph/exact-export/export_[First Round] EIPH_LabelStudy_Participant_3.txt': [
    317,
    { log: 106, deleted: 25 },
  ],
  'annotated/eiph/exact-export/export_[First Round] EIPH_LabelStudy_Participant_5.txt': [237, { log: 39 }],
  'annotated/eiph/exact-export/ground truth.txt': [306, { log: 121, deleted: 6 }],
  'annotated/eiph/exact-export/changed.txt': [76, { deleted: 1 }],
  'annotated/eiph/exact-export/deleted.txt': [5, { log: 19 }],
  'annotated/eiph/exact-export/nms.txt': [10, {}],
} as const;

describeWithData('exports of EXACT', Object.keys(EXPORTS), (...files) => {
  it.each(Object.values(EXPORTS).map(([count, notes], i) => [files[i] ?? '', count, notes] as const))(
    'are read to their last line: %s',
    async (file, count, notes) => {
      expect(await detectFormat(open(file))).toBe('exact-text');
      const read = await readAll('exact-text', open(file));
      expect([read.items.length, read.problems, read.notes]).toEqual([count, [], notes]);
      // every line is one of these, but for empty ones
      const lines = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '').length;
      expect(read.items.length + Object.values(read.notes).reduce((sum, part) => sum + part, 0)).toBe(lines);
      for (const { uuid, author, label, image } of read.items)
        expect([uuid, author, label, image].every((part) => part !== undefined && part !== '')).toBe(true);
    },
  );
});

const QUPATH = {
  'annotations/geojson/sample.geojson': ['polygon', 10],
  'annotations/dlup/qupath05.geojson': ['polygon', 3],
  'annotations/imagescope/geojson_example.json': ['polygon', 2],
  'annotations/imagescope/holed.geojson': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson/qupath-brush.json': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson/qupath-ellipse.json': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson/qupath-line.json': ['line', 1],
  'annotations/wsidicom/qupath_geojson/qupath-multipoint.json': ['point', 3],
  'annotations/wsidicom/qupath_geojson/qupath-point.json': ['point', 1],
  'annotations/wsidicom/qupath_geojson/qupath-polygon.json': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson/qupath-polyline.json': ['line', 1],
  'annotations/wsidicom/qupath_geojson/qupath-rectangle.json': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson/qupath-wand.json': ['polygon', 1],
  'annotations/wsidicom/qupath_geojson_advanced/qupath-polygon-cell-classified.json': ['polygon', 4],
} as const;

describeWithData('GeoJSON of QuPath and others', Object.keys(QUPATH), (...files) => {
  const read = async (name: keyof typeof QUPATH) =>
    (await readAll('geojson', open(files[Object.keys(QUPATH).indexOf(name)] ?? ''))).items;

  it.each(Object.values(QUPATH).map(([kind, count], i) => [files[i] ?? '', kind, count] as const))(
    'is read whole: %s',
    async (file, kind, count) => {
      expect(await detectFormat(open(file))).toBe('geojson');
      const { items, problems } = await readAll('geojson', open(file));
      expect([items.length, problems, new Set(items.map(({ geometry }) => geometry.kind))]).toEqual([
        count,
        [],
        new Set([kind]),
      ]);
      expect(items.every(({ repaired }) => repaired === undefined)).toBe(true);
    },
  );

  it('keeps holes, parts, classes and colours', async () => {
    const [holed] = await read('annotations/imagescope/holed.geojson');
    expect(holed).toMatchObject({
      uuid: '2aa7e31c-8437-499d-ba61-88aacd9a2c3f',
      label: '',
      meta: { qupath: { objectType: 'annotation' } },
    });
    expect(holed?.geometry.kind === 'polygon' && holed.geometry.polygons[0]?.length).toBeGreaterThan(1);
    const many = await read('annotations/imagescope/geojson_example.json');
    expect(many.map(({ label, colour }) => `${label} ${colour}`)).toEqual(['Tumor #c80000', 'Invborder #00ff00']);
    const named = await read('annotations/dlup/qupath05.geojson');
    expect(named.map(({ label, colour }) => `${label} ${colour}`)).toEqual(['UT #ff0000', 'I #ff0000', 'I #ff0000']);
    const [cell] = await read('annotations/wsidicom/qupath_geojson_advanced/qupath-polygon-cell-classified.json');
    expect(cell).toMatchObject({ label: 'Cell', description: 'Erythrocytes 2', colour: '#7fdc3a' });
  });

  it('gives ellipses and rectangles back to templates of that kind', async () => {
    const [ellipse] = await read('annotations/wsidicom/qupath_geojson/qupath-ellipse.json');
    expect(ellipse && fitKind(ellipse, 'ellipse')).toMatchObject({ geometry: { kind: 'ellipse' }, change: 'exact' });
    expect(ellipse && fitKind(ellipse, 'box')).toMatchObject({ code: 'KIND_MISMATCH' });
    const [rectangle] = await read('annotations/wsidicom/qupath_geojson/qupath-rectangle.json');
    expect(rectangle && fitKind(rectangle, 'box')).toMatchObject({
      geometry: { kind: 'box', x: 26268, y: 15298, width: 210, height: 176 },
    });
    const [drawn] = await read('annotations/wsidicom/qupath_geojson/qupath-polygon.json');
    expect(drawn && fitKind(drawn, 'ellipse')).toMatchObject({ code: 'KIND_MISMATCH' });
  });
});

describeWithData(
  'files of other programs',
  [
    'annotations/dlup/103S.json',
    'annotations/wsidicom/sectra',
    'annotations/wsidicom/cytomine',
    'annotations/wsidicom/asap',
    'annotations/sliderunner-gpl3',
    'malformed',
  ],
  (...paths) => {
    it('are refused in words or read with problems, never with a crash', async () => {
      const all = paths.flatMap((path) =>
        path.endsWith('.json')
          ? [path]
          : readdirSync(path, { recursive: true, withFileTypes: true })
              .filter((entry) => entry.isFile())
              .map((entry) => join(entry.parentPath, entry.name)),
      );
      expect(all.length).toBeGreaterThan(80);
      for (const file of all) {
        const failed = await detectFormat(open(file)).then(
          async (format) => (await readAll(format, open(file))).problems.length > 0,
          (error: unknown) => error instanceof FormatError && error.message.length > 10,
        );
        expect(failed, file).toBe(true);
      }
    });
  },
);

describe('files with accidents', () => {
  const samples = [
    'annotations/geojson/sample.geojson',
    'annotations/wsidicom/qupath_geojson_advanced/qupath-polygon-cell-classified.json',
    'annotated/eiph/exact-export/nms.txt',
    'annotations/imagescope/holed.geojson',
    'annotations/coco/MIDOG++.json',
  ];
  describeWithData('made of real ones', samples, (...files) => {
    // The beginning is enough: it holds every kind of thing of the file.
    const heads = files.map((file) => readFileSync(file).subarray(0, 40_000));
    const spans = fc.record({
      file: fc.nat(heads.length - 1),
      at: fc.nat(39_999),
      length: fc.integer({ min: 0, max: 60 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom(
            '{',
            '}',
            '[',
            ']',
            '"',
            ',',
            ':',
            '\\',
            '\n',
            'null',
            'NaN',
            '-',
            '1e999',
            '"__proto__":1,',
            '\0',
            '[[[[[[[[',
          )
          .map((text) => new TextEncoder().encode(text)),
      ),
      size: fc.integer({ min: 1, max: 50_000 }),
    });
    it('are read or refused, by every reader, and never crash', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(spans, { minLength: 1, maxLength: 3 }), async (edits) => {
          const [{ file, size } = { file: 0, size: 1 }] = edits;
          let bytes = heads[file] ?? new Uint8Array();
          for (const { at, length, put } of edits)
            bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + length)]);
          const source = fileOf(bytes, size);
          const settle = async (work: Promise<unknown>): Promise<void> => {
            await work.catch((error: unknown) => expect(error).toBeInstanceOf(FormatError));
          };
          await settle(detectFormat(source));
          for (const format of FORMATS) await settle(readAll(format, source));
        }),
        { numRuns: 120 },
      );
    });
  });
});
