import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { detectFormat, FORMAT_ERROR_CODES, FormatError } from './index.ts';
import { readJsonParts } from './json-parts.ts';
import { fileOf, readAll } from './read.testing.ts';

const failure = async (work: Promise<unknown>): Promise<{ code: string; message: string; place: string }> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof FormatError) return { code: error.code, message: error.message, place: error.place };
    throw error;
  }
  throw new Error('It was read.');
};
const feature = (geometry: unknown, more: object = {}): object => ({
  type: 'Feature',
  geometry,
  properties: {},
  ...more,
});
const collection = (...features: unknown[]): string => JSON.stringify({ type: 'FeatureCollection', features });
const polygon = (...ring: number[][]): object => ({ type: 'Polygon', coordinates: [[...ring, ring[0]]] });

describe('files that are no text', () => {
  it.each([
    ['nothing', '', 'FILE_EMPTY'],
    ['only spaces', ' \n\t ', 'FILE_EMPTY'],
    ['gzip', gzipSync(collection(feature(polygon([0, 0], [9, 0], [9, 9])))), 'FILE_COMPRESSED'],
    ['ZIP', Uint8Array.from([0x50, 0x4b, 3, 4, 1, 2]), 'FILE_COMPRESSED'],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10]), 'FILE_BINARY'],
    ['UTF-16 with its mark', Buffer.from('\ufeff[{"a":1}]', 'utf16le'), 'FILE_ENCODING'],
    ['UTF-16 without its mark', Buffer.from('{"type":"FeatureCollection","features":[]}', 'utf16le'), 'FILE_ENCODING'],
    ['bytes', Uint8Array.from([1, 0, 2, 3, 4, 200, 9, 0, 0]), 'FILE_BINARY'],
    ['a letter', 'dear colleague', 'FORMAT_UNKNOWN'],
    ['XML', '<?xml version="1.0"?><a/>', 'FORMAT_UNKNOWN'],
    ['JSON of something else', '[{"x1":1,"file":"a"}]', 'FORMAT_UNKNOWN'],
    ['a list of numbers', '[1,2,3]', 'FORMAT_UNKNOWN'],
    [
      'one feature a line',
      '{"type":"Feature","geometry":null}\n{"type":"Feature","geometry":null}\n',
      'FORMAT_UNKNOWN',
    ],
  ])('are refused whole, with the way out: %s', async (_, bytes, code) => {
    const found = await failure(detectFormat(fileOf(bytes)));
    expect(found.code).toBe(code);
    expect(found.message.length).toBeGreaterThan(10);
    expect(FORMAT_ERROR_CODES).toContain(found.code);
  });
});

describe('JSON that spoils the file', () => {
  const whole = collection(feature(polygon([0, 0], [9, 0], [9, 9])), feature(polygon([0, 0], [9, 0], [9, 9])));
  it.each([
    [
      'is nested without end',
      `{"type":"FeatureCollection","features":[${'['.repeat(200_000)}`,
      'JSON_TOO_DEEP',
      '/features/0/0',
    ],
    ['is nested in what is passed over', `{"info":${'{"a":'.repeat(100)}`, 'JSON_TOO_DEEP', '/info/a'],
    [
      'has a name twice',
      '{"type":"FeatureCollection","features":[{"type":"Feature","type":"Feature"}]}',
      'JSON_KEY_TWICE',
      '/features/0/type',
    ],
    ['has a name twice in another spelling', '{"features":[{"a":1,"\\u0061":2}]}', 'JSON_KEY_TWICE', '/features/0/a'],
    ['has its list twice', '{"features":[],"features":[]}', 'JSON_KEY_TWICE', '/features'],
    [
      'has __proto__',
      '{"features":[{"properties":{"__proto__":{"isAdmin":true}}}]}',
      'JSON_KEY_REFUSED',
      '/features/0/properties',
    ],
    ['has an escaped __proto__', '{"features":[{"\\u005f_proto__":1}]}', 'JSON_KEY_REFUSED', '/features/0'],
    ['ends in the middle', whole.slice(0, -30), 'FILE_TRUNCATED', '/features/1'],
    ['ends in a text', '{"features":[{"a":"b', 'FILE_TRUNCATED', '/features/0/a'],
    ['goes on after its end', `${whole}[]`, 'JSON_SYNTAX', ''],
    ['closes what is not open', '{"features":[{"a":1]}', 'JSON_SYNTAX', '/features/0/a'],
    ['has a comma too much', '{"features":[{"type":"Feature","geometry":null},]}', 'JSON_SYNTAX', '/features/1'],
    ['has a name without quotes', '{features:[]}', 'JSON_SYNTAX', ''],
  ])('is refused with its place: it %s', async (_, text, code, place) => {
    const found = await failure(readAll('geojson', fileOf(text)));
    expect(found.code).toBe(code);
    expect(found.place.startsWith(place), found.place).toBe(true);
    expect(found.message).toMatch(/^Line \d+/);
  });

  it('tells the line', async () => {
    const found = await failure(readAll('geojson', fileOf('{\n"features":\n[\n{"a":1,\n"a":2}]}')));
    expect(found.message).toMatch(/^Line 5, at \/features\/0\/a: the name "a" stands twice/);
  });

  it('names every code of an error', () => {
    expect(FORMAT_ERROR_CODES).toEqual([
      'FILE_EMPTY',
      'FILE_COMPRESSED',
      'FILE_BINARY',
      'FILE_ENCODING',
      'FILE_TRUNCATED',
      'FORMAT_UNKNOWN',
      'FORMAT_MISMATCH',
      'JSON_SYNTAX',
      'JSON_TOO_DEEP',
      'JSON_KEY_TWICE',
      'JSON_KEY_REFUSED',
      'TOO_MANY_ITEMS',
    ]);
  });
});

describe('an annotation that cannot be taken', () => {
  const many = Array.from({ length: 100_001 }, (_, i) => [Math.cos(i / 16_000) * 1e5, Math.sin(i / 16_000) * 1e5]);
  it.each([
    [
      'a number that is none',
      '{"features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,1]}}]}',
      'NUMBER_NOT_FINITE',
      'NaN',
    ],
    [
      'an endless number',
      collection(feature({ type: 'Point', coordinates: [1e999, 1] })),
      'GEOMETRY_NUMBER',
      '/features/0/geometry/coordinates is [null,1]',
    ],
    ['100,001 corners', collection(feature(polygon(...many))), 'GEOMETRY_TOO_LARGE', 'more than 100000 points'],
    [
      'coordinates of the moon',
      collection(feature({ type: 'Point', coordinates: [4e8, 1] })),
      'GEOMETRY_OUT_OF_RANGE',
      '400000000',
    ],
    [
      'a ring of two points',
      collection(
        feature({
          type: 'Polygon',
          coordinates: [
            [
              [0, 0],
              [1, 1],
              [0, 0],
            ],
          ],
        }),
      ),
      'GEOMETRY_TOO_FEW_POINTS',
      '',
    ],
    ['no list', collection(feature({ type: 'Polygon', coordinates: 'M 0 0' })), 'GEOMETRY_NUMBER', '"M 0 0"'],
    ['an unknown type', collection(feature({ type: 'Circle', coordinates: [0, 0] })), 'GEOMETRY_KIND', '"Circle"'],
    [
      'a class that cannot be stored',
      collection(feature(polygon([0, 0], [9, 0], [9, 9]), { properties: { classification: { name: 'a\u0000b' } } })),
      'TEXT_NOT_STORABLE',
      'class',
    ],
    [
      'half a character',
      '{"features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,1]},"properties":{"name":"\\ud800"}}]}',
      'TEXT_NOT_STORABLE',
      '',
    ],
    [
      'half a megabyte of measurements',
      collection(
        feature(polygon([0, 0], [9, 0], [9, 9]), {
          properties: { measurements: Object.fromEntries(many.slice(0, 9000).map(([x], i) => [`measure ${i}`, x])) },
        }),
      ),
      'META_TOO_LARGE',
      'bytes',
    ],
  ])('is told with place, value and way out, and the others are read: %s', async (_, text, code, words) => {
    const good = JSON.stringify(feature(polygon([0, 0], [9, 0], [9, 9])));
    const { items, problems } = await readAll('geojson', fileOf(text.replace(/\]\}$/, `,${good}]}`), 4096));
    expect(problems).toMatchObject([{ place: '/features/0', code }]);
    expect(problems[0]?.message).toContain(words);
    expect(items.map(({ place }) => place)).toEqual(['/features/1']);
  });

  it('is told in words that can be stored, whatever it holds', async () => {
    const lines = [
      '{"label":"a","geometry":\u0001}',
      '{"a\\u0000\\ud800":1}',
      '{"label":"\\u0000","geometry":{}}',
      '{"label":"a","uuid":"\\u0000\\udc00","geometry":{}}',
    ];
    const { problems } = await readAll('ndjson', fileOf(lines.join('\n')));
    expect(problems).toHaveLength(4);
    for (const text of problems.flatMap((one) => Object.values(one) as string[]))
      expect([text.includes('\0'), text.isWellFormed()], JSON.stringify(text)).toEqual([false, true]);
  });

  it('takes names of JavaScript for what they are', async () => {
    const text = collection(
      feature(polygon([0, 0], [9, 0], [9, 9]), {
        properties: { measurements: { constructor: 1, toString: 2 }, name: 'hasOwnProperty' },
      }),
    );
    const { items } = await readAll('geojson', fileOf(text));
    expect(items[0]).toMatchObject({
      label: 'hasOwnProperty',
      meta: { qupath: { measurements: { constructor: 1, toString: 2 } } },
    });
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it('holds no more of an object that is too large than may be', async () => {
    const piece = new TextEncoder().encode('x'.repeat(1024 * 1024));
    async function* file(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('{"features":[{"a":"');
      for (let i = 0; i < 40; i++) yield piece;
      yield new TextEncoder().encode('"},{"b":1}]}');
    }
    const parts = [];
    for await (const part of readJsonParts(file(), () => 'each')) parts.push(part);
    expect(parts).toMatchObject([{ code: 'OBJECT_TOO_LARGE' }, { value: { b: 1 } }]);
  });

  it('is told by its line in files of lines', async () => {
    const lines = [
      '{"label":"a","geometry":{"kind":"point","x":1,"y":1}}',
      'not json',
      '[1]',
      '{"label":"a","geometry":{"kind":"point","x":1,"y":1},"colour":"red"}',
      '{"label":1,"geometry":{"kind":"point","x":1,"y":1}}',
      '{"label":"a","uuid":"00000000-0000-0000-0000-000000000000","geometry":{"kind":"point","x":1,"y":1}}',
      '{"label":"a"}',
      '{"label":"a","geometry":{"kind":"box","x":1,"y":1,"width":0,"height":2}}',
      '',
      '{"templateId":3,"geometry":{"kind":"point","x":1,"y":1}}',
    ];
    const { items, problems } = await readAll('ndjson', fileOf(lines.join('\r\n')));
    expect(items.map(({ place, label }) => `${place} ${label}`)).toEqual(['line 1 a', 'line 10 template 3']);
    expect(problems.map(({ place, code }) => `${place} ${code}`)).toEqual([
      'line 2 JSON_SYNTAX',
      'line 3 LINE_NO_OBJECT',
      'line 4 FIELD_UNKNOWN',
      'line 5 FIELD_INVALID',
      'line 6 UUID_INVALID',
      'line 7 GEOMETRY_KIND',
      'line 8 GEOMETRY_EMPTY',
    ]);
  });

  it('is told by its line in exports of EXACT', async () => {
    const lines = [
      '[a.png|ada|2020-01-14 08:35:45.263540|2]',
      'a.png|Cell|{"x1": "1","y1": "2","x2": "3","y2": "4",}|ada|2020-01-14 08:35:45|ben|2020-01-15 08:35:45|d8834b92-9ff9-42c9-9643-87e89c0bb4a8|False|340|265',
      'a.png|Cell|{"x1": "1","y1": "NaN","x2": "3","y2": "4",}',
      'a.png|Cell|{"x1": "1","y1": "2","x3": "3","y3": "4",}',
      'a.png|Cell|x1=1',
      'a.png|Cell',
      'a.png|Cell|not in image',
      'a.png|Cell|{"x1": "1","y1": "2","x2": "3","y2": "4",}|ada|2020-01-14|ben|2020-01-15|d8834b92-9ff9-42c9-9643-87e89c0bb4a8|True|340|265',
      'a.png|Cell|{"x1": 1, "y1": 2, "x2": 9, "y2": 2, "x3": 9, "y3": 7, "frame": 4}|b|d8834b92-9ff9-42c9-9643-87e89c0bb4a9',
    ];
    const { items, problems, notes } = await readAll('exact-text', fileOf(lines.join('\n')));
    expect(items).toMatchObject([
      {
        place: 'line 2',
        image: 'a.png',
        label: 'Cell',
        author: 'ada',
        uuid: 'd8834b92-9ff9-42c9-9643-87e89c0bb4a8',
        geometry: { kind: 'box', x: 1, y: 2, width: 2, height: 2 },
      },
      {
        place: 'line 9',
        geometry: { kind: 'polygon' },
        meta: { exact: { frame: 4, blurred: true } },
        vector: [1, 2, 9, 2, 9, 7],
      },
    ]);
    expect(items[1]).not.toHaveProperty('author');
    expect(problems.map(({ place, code }) => `${place} ${code}`)).toEqual([
      'line 3 GEOMETRY_NUMBER',
      'line 4 VECTOR_INVALID',
      'line 5 VECTOR_INVALID',
      'line 6 LINE_UNKNOWN',
    ]);
    expect(notes).toEqual({ log: 1, 'not-in-image': 1, deleted: 1 });
  });

  it('is told in COCO where an id leads nowhere or a mask does not fit', async () => {
    const file = JSON.stringify({
      annotations: [
        { id: 1, image_id: 7, category_id: 90, bbox: [1, 2, 3, 4], iscrowd: 1, score: 0.5 },
        { id: 2, image_id: 8, category_id: 90, bbox: [1, 2, 3, 4] },
        { id: 3, image_id: 7, category_id: 1, bbox: [1, 2, 3, 4] },
        { id: 4, image_id: 7, category_id: 90, segmentation: { size: [4, 4], counts: [1, 2] } },
        { id: 5, image_id: 7, category_id: 90, segmentation: { size: [4, 4], counts: '~~~' } },
        { id: 6, image_id: 7, category_id: 90, segmentation: { size: [1e9, 1e9], counts: [0] } },
        { id: 7, image_id: 7, category_id: 90, segmentation: [[1, 2, 3]] },
        { id: 8, image_id: 7, category_id: 90, bbox: [1, 2, 3] },
        { id: 9, image_id: 7, category_id: 90 },
        { id: 10, image_id: 7, category_id: 90, keypoints: [1, 2, 2] },
        {
          id: 11,
          image_id: 7,
          category_id: 90,
          segmentation: [
            [0, 0, 9, 0, 9, 9],
            [20, 20, 30, 20, 30, 30],
          ],
        },
      ],
      images: [{ id: 7, file_name: 'folder/a.png', width: 100, height: 100 }],
      categories: [{ id: 90, name: 'toothbrush' }],
    });
    expect(await detectFormat(fileOf(file))).toBe('coco');
    const { items, problems, notes } = await readAll('coco', fileOf(file));
    expect(items).toMatchObject([
      {
        image: 'a.png',
        label: 'toothbrush',
        geometry: { kind: 'box', x: 1, y: 2, width: 3, height: 4 },
        meta: { score: 0.5, coco: { id: 1, iscrowd: 1 } },
      },
      { geometry: { kind: 'polygon', polygons: [[[0, 0, 9, 0, 9, 9]], [[20, 20, 30, 20, 30, 30]]] } },
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      'IMAGE_UNKNOWN',
      'CATEGORY_UNKNOWN',
      'MASK_INVALID',
      'MASK_INVALID',
      'MASK_INVALID',
      'GEOMETRY_NUMBER',
      'GEOMETRY_NUMBER',
      'GEOMETRY_KIND',
    ]);
    expect(notes).toEqual({ keypoints: 1 });
  });
});
