import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAs } from '../../plugins/annotation-import/src/server/import.testing.ts';
import type { Plan } from '../../plugins/annotation-import/src/shared/plan.ts';
import type { Comparison } from '../../plugins/agreement/src/shared/comparison.ts';
import { describeWithData } from '../data.ts';
import { agreementOf, type Marked, readBoxes } from './agreement-by-hand.testing.ts';

// Experts have annotated the same pictures in EXACT, each for themselves. Their exports are taken in as their work in a blind project,
// and compared; the same numbers come from the text files by code that shares nothing with the plugins.

const plugin = (name: string): string => fileURLToPath(new URL(`../../plugins/${name}`, import.meta.url));

const STUDIES = {
  asthma: { readers: [3, 5, 9], pictures: 12 },
  eiph: { readers: [3, 5], pictures: 2 },
} as const;

describe.each(Object.keys(STUDIES) as (keyof typeof STUDIES)[])('the experts of the study %s', (study) => {
  const { readers: numbers, pictures } = STUDIES[study];
  const folder = `annotated/${study}`;
  const nameOf = (reader: number): string =>
    `export_[First Round] ${study === 'asthma' ? 'Asthma' : 'EIPH'}_LabelStudy_Participant_${reader}.txt`;
  const exports = numbers.map((reader) => `${folder}/exact-export/${nameOf(reader)}`);

  describeWithData('in a blind project', [folder, ...exports], (images, ...files) => {
    let kernel: TestKernel;
    let boss: TestPerson;
    let experts: TestPerson[];
    let project: { readonly id: number; readonly imageSetId: number };
    let plans: Plan[];
    const imageIds = new Map<string, number>();

    beforeAll(async () => {
      kernel = await createTestKernel({
        plugins: ['annotation-import', 'agreement', 'format-image', 'format-tiff'].map(plugin),
      });
      boss = await kernel.person('boss');
      experts = [];
      for (const reader of numbers) experts.push(await kernel.person(`participant_${reader}`));
      project = await kernel.project({
        boss: 'manager',
        ...Object.fromEntries(numbers.map((reader) => [`participant_${reader}`, 'annotator' as const])),
      });
      for (const id of ['annotation-import', 'agreement']) await kernel.enable(project.id, id, true);
      const blind = await boss.request('PATCH', `/api/v2/projects/${project.id}`, { collaboration: 'blind' });
      expect([blind.status, blind.body.collaboration]).toEqual([200, 'blind']);
      for (const name of readdirSync(images)
        .filter((file) => /\.(?:tiff|png)$/.test(file))
        .sort()) {
        const { id } = await kernel.image(project.imageSetId, boss, { name, bytes: readFileSync(join(images, name)) });
        imageIds.set(name.replace(/\.\w+$/, ''), id);
      }
      expect(imageIds.size).toBe(pictures);

      const product = await boss.request('POST', `/api/v2/projects/${project.id}/products`, { name: 'Cells' });
      const path = `/api/v2/projects/${project.id}/products/${product.body.id}/templates`;
      for (const name of new Set(files.flatMap((file) => readBoxes(file).map(({ label }) => label))))
        await boss.request('POST', path, { name, kind: 'box' });

      const asBoss = importAs(kernel, project.id, boss);
      plans = [];
      for (const [i, file] of files.entries()) {
        const read = await asBoss.read(basename(file), readFileSync(file));
        expect(read.inventory?.format).toBe('exact-text');
        const userId = experts[i]?.principal.userId ?? 0;
        const mapping = await asBoss.suggested(read.id, { author: { by: 'one', userId }, leaveOut: true });
        const counted = await asBoss.count(read.id, mapping);
        plans.push(await asBoss.apply(counted.id));
      }
    }, 240_000);
    afterAll(() => kernel?.close());

    /** What the text files say of the pictures that are here. */
    const marked = (): Marked[] =>
      files.flatMap((file, i) =>
        readBoxes(file)
          .filter(({ image }) => imageIds.has(image))
          .map((box) => ({ ...box, reader: experts[i]?.principal.userId ?? 0 })),
      );

    it('has each export as the work of its reader, all of what is on these pictures', async () => {
      for (const [i, plan] of plans.entries()) {
        const reader = experts[i]?.principal.userId ?? 0;
        const expected = marked().filter((box) => box.reader === reader).length;
        expect(plan.state).toBe('applied');
        expect(plan.dryRun).toMatchObject({ create: expected, refused: 0, known: 0 });
        expect(plan.outcomes.every(({ state, authorId }) => state === 'done' && authorId === reader)).toBe(true);
        expect(plan.outcomes.reduce((sum, { created }) => sum + created, 0)).toBe(expected);
        expect(expected).toBeGreaterThan(0);
      }
    });

    it('shows each reader their own work only, as if nobody else had drawn', async () => {
      for (const expert of experts) {
        const seen = new Set<number>();
        let count = 0;
        for (const id of imageIds.values()) {
          const { body } = await expert.request('GET', `/api/v2/images/${id}/annotations?limit=1000`);
          for (const { authorId } of body.items) seen.add(authorId as number);
          count += body.items.length;
        }
        expect([...seen]).toEqual([expert.principal.userId]);
        expect(count).toBe(marked().filter(({ reader }) => reader === expert.principal.userId).length);
        const { status } = await expert.request('GET', `/api/v2/projects/${project.id}/plugins/agreement/comparisons`);
        expect(status).toBe(403);
        const files = await expert.request('GET', `/api/v2/projects/${project.id}/plugins/annotation-import/files`);
        expect(files.body).toEqual([]);
      }
    });

    it('agrees as much as a computation by hand from the text files says', async () => {
      const products = await boss.request('GET', `/api/v2/projects/${project.id}/products`);
      const templates = new Map<number, string>(
        products.body.flatMap((product: { templates: { id: number; name: string }[] }) =>
          product.templates.map(({ id, name }) => [id, name]),
        ),
      );
      const base = `/api/v2/projects/${project.id}/plugins/agreement/comparisons`;
      const readers = experts.map(({ principal }) => principal.userId);
      const started = await boss.request('POST', base, { readers, rule: { by: 'iou', atLeast: 0.5 }, seed: 1 });
      expect(started.status, JSON.stringify(started.body)).toBe(201);
      const at = `${base}/${started.body.id}`;
      await expect.poll(async () => (await boss.request('GET', at)).body.state, { timeout: 60_000 }).toBe('done');
      const { result } = (await boss.request('GET', at)).body as Comparison;
      const byHand = agreementOf(marked(), readers, 0.5);
      expect(result?.images).toBe(new Set(marked().map(({ image }) => image)).size);
      expect(result?.objects).toEqual(readers.map((reader) => ({ reader, count: byHand.objects.get(reader) })));
      for (const pair of result?.pairs ?? []) {
        const own = byHand.pairs.find(({ a, b }) => a === pair.a && b === pair.b);
        expect([pair.both, pair.onlyA, pair.onlyB]).toEqual([own?.both, own?.onlyA, own?.onlyB]);
        expect(pair.f1).toBeCloseTo(own?.f1 ?? NaN, 10);
        expect(pair.meanScore).toBeCloseTo(own?.meanOverlap ?? NaN, 10);
        expect(pair.labels.value).toBeCloseTo(own?.kappa ?? NaN, 10);
        // the table of what both said, by names
        const said = new Map<string, number>();
        pair.confusion.forEach((row, i) =>
          row.forEach((count, j) => {
            const [a, b] = [i, j].map((k) => templates.get(result?.templates[k] ?? -1) ?? '');
            if (count > 0) said.set(`${a} | ${b}`, count);
          }),
        );
        expect(said).toEqual(own?.said);
      }
      expect(result?.pairs).toHaveLength((readers.length * (readers.length - 1)) / 2);
      expect(result?.labels.value).toBeCloseTo(byHand.alphaLabels, 10);
      expect(result?.presence.value).toBeCloseTo(byHand.alphaPresence, 10);
    });
  });
});
