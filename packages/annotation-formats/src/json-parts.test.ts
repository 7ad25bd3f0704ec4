import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPart, readJsonParts, type Wanted } from './json-parts.ts';
import { fileOf } from './read.testing.ts';

const partsOf = async (text: string, pieceBytes: number, wanted: (member: string) => Wanted): Promise<JsonPart[]> => {
  const parts: JsonPart[] = [];
  for await (const part of readJsonParts(fileOf(text, pieceBytes)(), wanted)) parts.push(part);
  return parts;
};
const valuesOf = (parts: readonly JsonPart[]): unknown[] => parts.map((part) => ('value' in part ? part.value : part));
/** Nested less than may be, and without the one name that is refused. */
const json = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('"__proto__"'));
const indent = fc.constantFrom(undefined, 1, '\t', '\r\n ');
const pieceBytes = fc.integer({ min: 1, max: 200 });

describe('pieces of JSON', () => {
  it('are the elements of a list as JSON.parse gives them, however the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json, { maxLength: 8 }), indent, pieceBytes, async (list, space, size) => {
        const parts = await partsOf(JSON.stringify(list, null, space), size, () => 'skip');
        expect(valuesOf(parts)).toEqual(JSON.parse(JSON.stringify(list)));
        expect(parts.map(({ path }) => path)).toEqual(list.map((_, i) => `/${i}`));
      }),
      { numRuns: 300 },
    );
  });

  it('are wanted members of an object, whole or one by one, and nothing of those passed over', async () => {
    const members = fc.dictionary(
      fc.string({ maxLength: 6 }).filter((name) => name !== '__proto__'),
      fc.oneof(json, fc.array(json, { maxLength: 5 })),
      { maxKeys: 6 },
    );
    const choice = fc.func(fc.constantFrom<Wanted>('each', 'whole', 'skip'));
    await fc.assert(
      fc.asyncProperty(members, choice, indent, pieceBytes, async (object, wanted, space, size) => {
        const text = JSON.stringify(object, null, space);
        const expected = Object.entries(JSON.parse(text) as Record<string, unknown>).flatMap(([name, value]) => {
          const want = wanted(name);
          if (want === 'skip') return [];
          return want === 'each' && Array.isArray(value) ? (value as unknown[]) : [value];
        });
        expect(valuesOf(await partsOf(text, size, wanted))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('tell the line on which they begin', async () => {
    const parts = await partsOf('{"a": 1,\n "b": [\n{\n"x": 1}\n, 2, "\\n",\n3]}', 3, (name) =>
      name === 'b' ? 'each' : 'skip',
    );
    expect(parts.map(({ path, line }) => `${path} ${line}`)).toEqual(['/b/0 3', '/b/1 5', '/b/2 5', '/b/3 6']);
  });
});
