import { checkGeometry, type Geometry, snap } from '@exact/geometry';
import { toPolygon } from '@exact/geometry/ops';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFormat, fitKind, type Item } from './index.ts';
import { fileOf, readAll } from './read.testing.ts';

/** Coordinates on the grid of geometries, inside of what images have. */
const coordinate = fc.integer({ min: -50_000, max: 25_000_000 }).map((steps) => steps / 256);
const length = fc.integer({ min: 256, max: 1_000_000 }).map((steps) => steps / 256);
const box = fc
  .record({ x: coordinate, y: coordinate, width: length, height: length })
  .map((rest) => ({ kind: 'box' as const, ...rest }));
const point = fc.record({ x: coordinate, y: coordinate }).map((rest) => ({ kind: 'point' as const, ...rest }));
/** Stars about a centre cross nothing, whatever their radii. */
const star = fc
  .record({
    cx: coordinate,
    cy: coordinate,
    radii: fc.array(fc.integer({ min: 20, max: 900 }), { minLength: 3, maxLength: 24 }),
  })
  .map(({ cx, cy, radii }) =>
    radii.flatMap((r, i) => [
      cx + r * Math.cos((i / radii.length) * 2 * Math.PI),
      cy + r * Math.sin((i / radii.length) * 2 * Math.PI),
    ]),
  );
const polygon = fc
  .array(star, { minLength: 1, maxLength: 3 })
  .map((rings) => snap({ kind: 'polygon', polygons: rings.map((ring) => [ring]) }))
  .filter((shape) => checkGeometry(shape).ok)
  .map((shape) => clean(shape));
const withHole = fc.tuple(coordinate, coordinate, fc.integer({ min: 100, max: 900 })).map(([x, y, side]) =>
  clean({
    kind: 'polygon',
    polygons: [
      [
        [x, y, x + side, y, x + side, y + side, x, y + side],
        [x + 20, y + 20, x + 20, y + 60, x + 60, y + 60],
      ],
    ],
  }),
);
const line = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 20 })
  .map((points) => snap({ kind: 'line', points: points.flat() }))
  .filter((shape) => checkGeometry(shape).ok)
  .map((shape) => clean(shape));
function clean(shape: Geometry): Geometry {
  const check = checkGeometry(shape);
  if (!check.ok) throw new Error(check.message);
  return check.geometry;
}
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.replaceAll(/[\0/\\|:]/g, '-').trim())
  .filter((text) => text !== '' && text.isWellFormed());
const uuid = fc.uuid({ version: [1, 4, 5, 7] });
const pieceBytes = fc.integer({ min: 1, max: 5000 });

describe('newline-delimited JSON', () => {
  it('gives back all that was written', async () => {
    const annotation = fc.record(
      {
        geometry: fc.oneof(box, point, polygon, withHole, line, fc.constant({ kind: 'image' as const })),
        label: name,
        image: name,
        author: name,
        uuid,
        description: name,
        meta: fc.dictionary(
          fc.string({ minLength: 1, maxLength: 9 }).filter((key) => key !== '__proto__' && !key.includes('\0')),
          fc.oneof(fc.integer(), fc.boolean(), name),
          { maxKeys: 4 },
        ),
      },
      { requiredKeys: ['geometry', 'label'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(annotation, { minLength: 1, maxLength: 8 }), pieceBytes, async (written, size) => {
        const { items, problems } = await readAll(
          'ndjson',
          fileOf(written.map((one) => JSON.stringify(one)).join('\n'), size),
        );
        expect(problems).toEqual([]);
        expect(items.map(({ place: _, ...rest }) => rest)).toEqual(JSON.parse(JSON.stringify(written)));
      }),
      { numRuns: 150 },
    );
  });
});

describe('GeoJSON', () => {
  const toGeoJson = (shape: Geometry): object => {
    const pairs = (flat: readonly number[]): number[][] =>
      Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? 0, flat[2 * i + 1] ?? 0]);
    const closed = (ring: readonly number[]): number[][] => pairs([...ring, ...ring.slice(0, 2)]);
    if (shape.kind === 'point') return { type: 'Point', coordinates: [shape.x, shape.y] };
    if (shape.kind === 'line') return { type: 'LineString', coordinates: pairs(shape.points) };
    const { polygons } = toPolygon(shape);
    return polygons.length === 1
      ? { type: 'Polygon', coordinates: polygons[0]?.map(closed), plane: { c: -1, z: 2, t: 0 } }
      : { type: 'MultiPolygon', coordinates: polygons.map((rings) => rings.map(closed)) };
  };
  it.each(['FeatureCollection', 'list', 'Feature'] as const)(
    'gives back shapes, classes, colours and ids of a %s, in both forms of colours',
    async (form) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              geometry: fc.oneof(box, point, polygon, withHole, line),
              names: fc.array(name, { minLength: 1, maxLength: 3 }),
              id: uuid,
              rgb: fc.integer({ min: 0, max: 0xffffff }),
              isOld: fc.boolean(),
            }),
            { minLength: 1, maxLength: form === 'Feature' ? 1 : 6 },
          ),
          pieceBytes,
          async (written, size) => {
            const features = written.map(({ geometry, names, id, rgb, isOld }) => ({
              type: 'Feature',
              id,
              geometry: toGeoJson(geometry),
              properties: {
                classification: isOld
                  ? { name: names.join(': '), colorRGB: rgb | 0xff000000 }
                  : { names, color: [rgb >> 16, (rgb >> 8) & 255, rgb & 255] },
              },
            }));
            const text = JSON.stringify(
              form === 'FeatureCollection' ? { type: form, features } : form === 'list' ? features : features[0],
              null,
              size % 3,
            );
            expect(await detectFormat(fileOf(text, size))).toBe('geojson');
            const { items, problems } = await readAll('geojson', fileOf(text, size));
            expect(problems).toEqual([]);
            expect(items).toHaveLength(written.length);
            for (const [i, { geometry, names, id, rgb }] of written.entries()) {
              const item = items[i] as Item;
              expect([item.label, item.uuid, item.colour]).toEqual([
                names.join(': '),
                id,
                `#${rgb.toString(16).padStart(6, '0')}`,
              ]);
              // boxes are polygons there, and boxes again where a template wants them
              expect(fitKind(item, geometry.kind)).toMatchObject({ geometry });
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});

describe('COCO', () => {
  it('gives back boxes, polygons and masks, in any order of its members and with any ids', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 2 }),
        fc.array(fc.oneof(box, polygon), { minLength: 1, maxLength: 6 }),
        fc.shuffledSubarray(['images', 'annotations', 'categories', 'info'], { minLength: 4 }),
        pieceBytes,
        async ([first = 0, second = 1], shapes, order, size) => {
          const parts: Record<string, unknown> = {
            info: { nested: [{ deep: [1, { a: '}]"' }] }] },
            images: [{ id: first, file_name: 'a.tif', width: 100_000, height: 100_000 }],
            categories: [
              { id: second, name: 'cell' },
              { id: first, name: 'other' },
            ],
            annotations: shapes.map((shape, id) => ({
              id,
              image_id: first,
              category_id: second,
              ...(shape.kind === 'box'
                ? { bbox: [shape.x, shape.y, shape.width, shape.height], segmentation: [] }
                : {
                    bbox: [0, 0, 1, 1],
                    segmentation: ringsOf(shape).map(([ring]) => ring),
                  }),
            })),
          };
          const text = JSON.stringify(Object.fromEntries(order.map((key) => [key, parts[key]])));
          expect(await detectFormat(fileOf(text, size))).toBe('coco');
          const { items, problems } = await readAll('coco', fileOf(text, size), { boxForm: 'size' });
          expect(problems).toEqual([]);
          expect(items.map(({ geometry, label, image }) => ({ geometry, label, image }))).toEqual(
            shapes.map((geometry) => ({ geometry, label: 'cell', image: 'a.tif' })),
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  it('outlines masks by what they cover, plain and compressed alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 9 })
          .chain((width) =>
            fc.tuple(
              fc.constant(width),
              fc.array(fc.array(fc.boolean(), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 9 }),
            ),
          ),
        async ([width, rows]) => {
          const counts = runsOf(width, rows);
          const area = rows.flat().filter(Boolean).length;
          const annotation = (value: unknown): object => ({
            image_id: 1,
            category_id: 1,
            segmentation: { size: [rows.length, width], counts: value },
          });
          const file = JSON.stringify({
            images: [{ id: 1, file_name: 'a' }],
            categories: [{ id: 1, name: 'c' }],
            annotations: [annotation(counts), annotation(compress(counts))],
          });
          const { items, problems } = await readAll('coco', fileOf(file));
          if (area === 0) {
            expect(problems.map(({ code }) => code)).toEqual(['MASK_INVALID', 'MASK_INVALID']);
            return;
          }
          expect(items).toHaveLength(2);
          expect(items[0]?.geometry).toEqual(items[1]?.geometry);
          expect(areaOf(items[0]?.geometry)).toBe(area);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads a mask that pycocotools has written: a square of 50 x 50 in the upper right quarter', async () => {
    const segmentation = { size: [100, 100], counts: `Xl4b1b1${'0'.repeat(98)}` };
    const file = JSON.stringify({
      images: [{ id: 1, file_name: 'a' }],
      categories: [{ id: 1, name: 'c' }],
      annotations: [{ image_id: 1, category_id: 1, segmentation }],
    });
    const { items } = await readAll('coco', fileOf(file));
    expect(items[0]?.geometry).toEqual({ kind: 'polygon', polygons: [[[50, 0, 100, 0, 100, 50, 50, 50]]] });
  });
});

function runsOf(width: number, rows: readonly (readonly boolean[])[]): number[] {
  const runs = [0];
  let isSet = false;
  for (let x = 0; x < width; x++)
    for (const row of rows) {
      if (Boolean(row[x]) !== isSet) {
        runs.push(0);
        isSet = !isSet;
      }
      runs[runs.length - 1]! += 1;
    }
  return runs;
}

/** The writing half of the compressed form, from its description: groups of five bits, low first, with a sign. */
function compress(runs: readonly number[]): string {
  let text = '';
  runs.forEach((run, i) => {
    let value = i > 2 ? run - runs[i - 2]! : run;
    for (let more = true; more;) {
      let bits = value & 31;
      value >>= 5;
      more = bits & 16 ? value !== -1 : value !== 0;
      if (more) bits |= 32;
      text += String.fromCharCode(bits + 48);
    }
  });
  return text;
}

/** Rings by polygon; nothing of other kinds. */
const ringsOf = (shape: Geometry | undefined): readonly (readonly (readonly number[])[])[] =>
  shape?.kind === 'polygon' ? shape.polygons : [];

function areaOf(shape: Geometry | undefined): number {
  let sum = 0;
  for (const ring of ringsOf(shape).flat())
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length;
      sum += (ring[i] ?? 0) * (ring[j + 1] ?? 0) - (ring[j] ?? 0) * (ring[i + 1] ?? 0);
    }
  return Math.abs(sum) / 2;
}

describe('text exports of EXACT', () => {
  const field = name.filter((text) => !/^(?:True|False|-?[\d.]+|b|c|bc|cb|nan)$/i.test(text) && !/[[\]]/.test(text));
  it('give back boxes, polygons, names and ids', async () => {
    const whole = fc.integer({ min: -500, max: 90_000 });
    const shape = fc.oneof(
      fc
        .tuple(whole, whole, fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 }))
        .map(([x, y, w, h]) => [x, y, x + w, y + h]),
      fc
        .tuple(whole, whole, fc.integer({ min: 1, max: 900 }))
        .map(([x, y, side]) => [x, y, x + side, y, x + side, y + side]),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ points: shape, label: field, image: field, author: field, uuid }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.boolean(),
        pieceBytes,
        async (written, hasHeader, size) => {
          const text = [
            ...(hasHeader
              ? ['file|class|vector|first_edit|first_time|last_edit|last_time|uuid|deleted|width|height']
              : ['[a.png|somebody|2020-01-14 08:35:45.263540|2]']),
            ...written.map(({ points, label, image, author, uuid: id }) => {
              const vector = points
                .map((value, i) => `"${i % 2 === 0 ? 'x' : 'y'}${(i >> 1) + 1}": "${value}",`)
                .join('');
              return `${image}|${label}|{${vector}}|${author}|2020-01-14 08:17:01.300434|${author}|2020-01-14 08:17:01.300468|${id}|False|340|265`;
            }),
          ].join('\n');
          expect(await detectFormat(fileOf(text, size))).toBe('exact-text');
          const { items, problems } = await readAll('exact-text', fileOf(text, size));
          expect(problems).toEqual([]);
          expect(
            items.map(({ label, image, author, uuid: id, vector }) => ({
              label,
              image,
              author,
              uuid: id,
              points: vector,
            })),
          ).toEqual(
            written.map(({ label, image, author, uuid: id, points }) => ({ label, image, author, uuid: id, points })),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('become what the template says, where it is the same shape', () => {
    const item = { geometry: { kind: 'box' as const, x: 10, y: 20, width: 30, height: 40 }, vector: [10, 20, 40, 60] };
    expect(fitKind(item, 'ellipse')).toMatchObject({ geometry: { kind: 'ellipse', cx: 25, cy: 40, rx: 15, ry: 20 } });
    expect(fitKind(item, 'point')).toMatchObject({ geometry: { kind: 'point', x: 25, y: 40 } });
    expect(fitKind(item, 'line')).toMatchObject({ geometry: { kind: 'line', points: [10, 20, 40, 60] } });
    expect(fitKind(item, 'polygon')).toMatchObject({ geometry: { kind: 'polygon' } });
    expect(fitKind({ geometry: item.geometry }, 'point')).toMatchObject({ code: 'KIND_MISMATCH' });
    expect(fitKind({ geometry: { kind: 'point', x: 1, y: 2 } }, 'box')).toMatchObject({ code: 'KIND_MISMATCH' });
  });
});

describe('shapes that cross themselves', () => {
  it('are cleaned to what they surround, with the reason, whatever the direction of their rings', async () => {
    const ring = (...points: number[][]): number[][] => [...points, points[0] ?? []];
    const bow = { type: 'Polygon', coordinates: [ring([0, 0], [40, 40], [40, 0], [0, 40])] };
    const holeOutside = (isTurned: boolean): object => {
      const hole = ring([30, 10], [60, 10], [60, 20], [30, 20]);
      return {
        type: 'Polygon',
        coordinates: [ring([0, 0], [40, 0], [40, 40], [0, 40]), isTurned ? hole.reverse() : hole],
      };
    };
    const file = JSON.stringify(
      [bow, holeOutside(false), holeOutside(true)].map((geometry) => ({ type: 'Feature', geometry, properties: {} })),
    );
    const { items } = await readAll('geojson', fileOf(file));
    expect(items.map(({ repaired }) => repaired?.code)).toEqual([
      'GEOMETRY_SELF_CROSSING',
      'GEOMETRY_SELF_CROSSING',
      'GEOMETRY_SELF_CROSSING',
    ]);
    for (const { geometry } of items) expect(checkGeometry(geometry).ok).toBe(true);
    expect(areaOf(items[0]?.geometry)).toBe(800);
    expect(items[1]?.geometry).toEqual(items[2]?.geometry);
  });
});
