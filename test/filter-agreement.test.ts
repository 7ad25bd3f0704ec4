import type { Annotation } from '@exact/sdk/contract';
import { AnnotationFilterQuery } from '@exact/sdk/contract';
import type { AnnotationFilter } from '@exact/sdk/server';
import fc from 'fast-check';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScene, type Scene } from '../core/src/annotations/fixture.testing.ts';
import { createMatcher, factsOfAnnotation } from '../ui/src/viewer/filter/match.ts';
import { normal, toQuery, type ShownFilter } from '../ui/src/viewer/filter/shown-filter.ts';

// Browser and database decide on their own which annotations a filter shows: what one draws must count at once.

let scene: Scene;
let all: readonly Annotation[];
const METAS = [
  {},
  { grade: 3, stain: 'HE' },
  { grade: '3', bb: [1, 2], a: { deep: true } },
  { attributes: { grade: [3, 4], stain: 'PAS', isOld: true } },
  { 'a=b': 'x % y', note: 'Kern "groß"\n' },
];

beforeAll(async () => {
  scene = await createScene();
  const draft = (i: number) => ({
    ...scene.box(100 * i),
    meta: METAS[i % METAS.length]!,
    description: ['', 'Mitosis?', '100 %'][i % 3]!,
  });
  const point = {
    ...draft(1),
    uuid: scene.box().uuid,
    templateId: scene.templates.point,
    geometry: { kind: 'point' as const, x: 5, y: 5 },
  };
  const { items } = await scene.change(scene.ada, { create: [...METAS.map((_, i) => draft(i)), point] });
  await scene.change(scene.ben, { create: METAS.map((_, i) => draft(i + 1)) });
  const [first, second] = items;
  await scene.change(scene.ben, {
    verify: [
      { uuid: first!.uuid, revision: 1, verdict: 'accepted' },
      { uuid: second!.uuid, revision: 1, verdict: 'rejected' },
    ],
  });
  // apart from each other, to the microsecond
  await scene.services.database.sql.query(
    `update core.annotation set created_at = '2026-05-01T00:00:00Z'::timestamptz + (id % 3) * interval '1 day' - (id % 2) * interval '1 microsecond'`,
  );
  all = (await scene.annotations.list({ imageId: scene.imageId }, scene.contextOf(scene.ada))).items;
});
afterAll(() => scene.close());

const DAYS = ['2026-05-01T00:00:00.000Z', '2026-05-02T00:00:00.000Z', '2026-05-03T00:00:00.000Z'];
const filters = (): fc.Arbitrary<ShownFilter> =>
  fc.record(
    {
      templates: fc.subarray([scene.templates.box, scene.templates.point, 999_999], { minLength: 1 }),
      authors: fc.subarray([scene.ada.userId, scene.ben.userId, 999_999], { minLength: 1 }),
      verdict: fc.constantFrom('none', 'accepted', 'rejected'),
      createdFrom: fc.constantFrom(...DAYS),
      createdTo: fc.constantFrom(...DAYS),
      changedFrom: fc.constantFrom('2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'),
      text: fc.constantFrom('mitosis', '%', 'he', '"grade": 3', 'groß', '\\n', '[1, 2]', ', "', 'bb', 'absent'),
      meta: fc.array(
        fc.record({
          key: fc.constantFrom('grade', 'stain', 'isOld', 'a=b', 'a', 'absent'),
          value: fc.constantFrom('3', '4', 'HE', 'PAS', 'true', 'x % y', ''),
        }),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<ShownFilter>;

it('shows in the browser what the database finds', async () => {
  const query = z.object(AnnotationFilterQuery);
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(filters(), async (drawn) => {
      const filter = normal(drawn);
      const { templates: templateIds, authors: authorIds, ...rest } = query.parse(toQuery(filter));
      const asked = { imageId: scene.imageId, ...rest, templateIds, authorIds, box: undefined };
      const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
      const { items } = await scene.annotations.list(given as AnnotationFilter, scene.contextOf(scene.ada));
      const matches = createMatcher(filter);
      expect(all.filter((item) => matches(factsOfAnnotation(item)) === true).map(({ uuid }) => uuid)).toEqual(
        items.map(({ uuid }) => uuid),
      );
      seen.add(items.length);
    }),
    { numRuns: 400 },
  );
  expect(seen.size).toBeGreaterThan(4); // not only nothing and everything
}, 60_000);
