import { DEFAULT_PALETTE, TemplateInUseError } from '@exact/sdk/contract';
import type { Principal, StorageDriver } from '@exact/sdk/server';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorOf, createTestAuth, type TestAuth, type TestProject } from '../auth/auth.testing.ts';
import { createProducts, type Products } from './products.ts';
import { nextColour, nextShortcut } from './template-defaults.ts';
import { createTemplateExamples, type TemplateExamples } from './template-examples.ts';
import { createTemplates, type Templates } from './templates.ts';

let auth: TestAuth;
let manager: Principal;
let teamId: number;
let project: TestProject;
let sister: TestProject;
let foreign: TestProject;
let products: Products;
let templates: Templates;
let examples: TemplateExamples;
const stored = new Map<string, Uint8Array>();

beforeAll(async () => {
  auth = await createTestAuth();
  manager = await auth.user('manager');
  teamId = await auth.team('Lab', [], [manager]);
  project = await auth.project(teamId, [[manager, 'manager']]);
  sister = await auth.project(teamId);
  foreign = await auth.project(await auth.team('Other lab'));
  products = createProducts(auth.services, auth.changes);
  templates = createTemplates(auth.services, auth.changes);
  examples = createTemplateExamples(auth.services, { templates, makeExample, storage: inMemory });
});
afterAll(() => auth.services.close());

/** In place of the decoding process: marks what went through it. */
const makeExample = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes.length === 0) throw new Error('not a picture');
  return Buffer.concat([Buffer.from('webp:'), bytes]);
};
const inMemory: StorageDriver = {
  async write(key, source) {
    const parts: Uint8Array[] = [];
    for await (const part of source) parts.push(part);
    stored.set(key, Buffer.concat(parts));
    return { sizeBytes: (stored.get(key) as Uint8Array).length };
  },
  read: async (key, offset, length) => (stored.get(key) as Uint8Array).subarray(offset, offset + length),
  size: async (key) => (stored.get(key) as Uint8Array).length,
  delete: async (key) => void stored.delete(key),
  async *list() {},
};
async function* upload(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const SCHEMA = { attributes: [{ key: 'grade', type: 'integer' as const, label: 'Grade', min: 1, max: 3 }] };
const actor = () => actorOf(manager);
const makeProduct = (name: string) => products.create(actor(), project.projectId, { name });
const makeTemplate = (productId: number, name: string, rest: object = {}) =>
  templates.create(actor(), project.projectId, productId, { name, kind: 'box', ...rest });

describe('defaults of a template', () => {
  it('use each colour of the palette once before one is used twice', () => {
    fc.assert(
      fc.property(fc.nat(30), (count) => {
        const used: string[] = [];
        for (let i = 0; i < count; i += 1) used.push(nextColour(used));
        const counts = DEFAULT_PALETTE.map((colour) => used.filter((c) => c === colour).length);
        return Math.max(...counts) - Math.min(...counts) <= 1;
      }),
    );
    expect(nextColour(['#e69f00', '#123456'])).toBe(DEFAULT_PALETTE[1]);
  });

  it('take the first free digit, 0 last, and none when all are taken', () => {
    expect(nextShortcut([])).toBe('1');
    expect(nextShortcut(['1', null, '3'])).toBe('2');
    expect(nextShortcut([...'123456789'])).toBe('0');
    expect(nextShortcut([...'1234567890'])).toBeNull();
  });

  it('differ for templates that are made at the same time', async () => {
    const product = await makeProduct('At once');
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((name) => makeTemplate(product.id, name)));
    for (const key of ['colour', 'shortcut', 'sortOrder'] as const)
      expect(new Set(made.map((template) => template[key])).size).toBe(4);
  });

  it('leave keys alone that other products of the project have', async () => {
    const one = await makeProduct('Keys 1');
    const two = await makeProduct('Keys 2');
    const first = await makeTemplate(one.id, 'a');
    expect((await makeTemplate(two.id, 'b')).shortcut).not.toBe(first.shortcut);
    expect((await makeTemplate(two.id, 'c', { shortcut: null })).shortcut).toBeNull();
  });
});

describe('a product', () => {
  it('has a name that is free in the team, also of two at once', async () => {
    const outcomes = await Promise.allSettled([makeProduct('Same'), makeProduct('same')]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'CONFLICT' });
  });

  it('of the team can be used in a sister project, one of another team does not exist', async () => {
    const product = await makeProduct('Shared');
    expect((await products.available(sister.projectId)).map((p) => p.name)).toContain('Shared');
    await products.attach(actor(), sister.projectId, product.id);
    await products.attach(actor(), sister.projectId, product.id); // safe to repeat
    expect((await products.list(sister.projectId)).map((p) => p.name)).toContain('Shared');
    const absent = 2_000_000_000;
    for (const id of [foreign.productId, absent]) {
      await expect(products.attach(actor(), project.projectId, id)).rejects.toMatchObject({
        status: 404,
        message: `There is no product ${id}, or you may not see it.`,
      });
      await expect(makeTemplate(id, 'x')).rejects.toMatchObject({ status: 404 });
      await expect(products.update(actor(), project.projectId, id, { name: 'x' })).rejects.toMatchObject({
        status: 404,
      });
      await expect(products.detach(actor(), project.projectId, id)).rejects.toMatchObject({ status: 404 });
    }
  });

  it('tells every project that uses it of a change', async () => {
    const product = await makeProduct('Told');
    await products.attach(actor(), sister.projectId, product.id);
    auth.services.events.length = 0;
    await products.update(actor(), project.projectId, product.id, { description: 'new' });
    expect(auth.services.events).toEqual(
      [project, sister].map(({ projectId }) => ({ topic: 'project.changed', projectId, what: 'templates' })),
    );
  });

  it('cannot leave a project whose annotations use it, deleted ones included', async () => {
    await auth.services.database.sql.query('update core.annotation set deleted_at = now() where uuid = $1', [
      project.annotationId,
    ]);
    await expect(products.detach(actor(), project.projectId, project.productId)).rejects.toEqual(
      new TemplateInUseError({ template: 'Cell', count: 1 }),
    );
    await products.attach(actor(), sister.projectId, project.productId);
    await expect(products.detach(actor(), sister.projectId, project.productId)).resolves.toBeUndefined();
  });
});

describe('a template', () => {
  it('changes its kind and goes only while nothing uses it', async () => {
    const change = (patch: object) => templates.update(actor(), project.projectId, project.templateId, patch);
    await expect(change({ kind: 'polygon' })).rejects.toBeInstanceOf(TemplateInUseError);
    await expect(templates.remove(actor(), project.projectId, project.templateId)).rejects.toBeInstanceOf(
      TemplateInUseError,
    );
    expect(await change({ kind: 'box', active: false, colour: '#000000' })).toMatchObject({
      kind: 'box',
      active: false,
      colour: '#000000',
    });
    const product = await makeProduct('Free');
    const unused = await makeTemplate(product.id, 'u', { attributeSchema: SCHEMA });
    expect(
      await templates.update(actor(), project.projectId, unused.id, { kind: 'line', shortcut: undefined }),
    ).toMatchObject({
      kind: 'line',
      shortcut: unused.shortcut,
      attributeSchema: SCHEMA,
    });
    await templates.remove(actor(), project.projectId, unused.id);
    await expect(templates.remove(actor(), project.projectId, unused.id)).rejects.toMatchObject({ status: 404 });
  });

  it('has a name and a key of its own in the product', async () => {
    const product = await makeProduct('Own');
    const first = await makeTemplate(product.id, 'Nucleus', { shortcut: 'n' });
    const second = await makeTemplate(product.id, 'Border');
    await expect(makeTemplate(product.id, 'NUCLEUS')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('"NUCLEUS"'),
    });
    await expect(makeTemplate(product.id, 'x', { shortcut: 'N' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Nucleus'),
    });
    await expect(templates.update(actor(), project.projectId, second.id, { shortcut: 'n' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(templates.update(actor(), project.projectId, second.id, { name: 'nucleus' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(templates.update(actor(), project.projectId, first.id, { shortcut: 'n' })).resolves.toMatchObject({
      shortcut: 'n',
    });
  });

  it('of another project is the same 404 as an absent one', async () => {
    for (const id of [foreign.templateId, sister.templateId, 2_000_000_000]) {
      await expect(templates.update(actor(), project.projectId, id, { name: 'x' })).rejects.toMatchObject({
        status: 404,
        message: `There is no template ${id}, or you may not see it.`,
      });
      await expect(examples.get(project.projectId, id)).rejects.toMatchObject({ status: 404 });
      await expect(examples.set(actor(), project.projectId, id, upload('x'))).rejects.toMatchObject({ status: 404 });
      await expect(examples.removeTemplate(actor(), project.projectId, id)).rejects.toMatchObject({ status: 404 });
    }
    expect(stored.size).toBe(0); // nothing of the refused uploads stays behind
  });
});

describe('the example image', () => {
  it('goes through the decoder, replaces the one before, and goes with its template', async () => {
    const product = await makeProduct('Pictured');
    const { id } = await makeTemplate(product.id, 'p');
    await expect(examples.get(project.projectId, id)).rejects.toMatchObject({ status: 404 });
    expect(await examples.set(actor(), project.projectId, id, upload('one ', 'picture'))).toMatchObject({
      id,
      hasExample: true,
    });
    const first = await examples.get(project.projectId, id);
    expect(Buffer.from(first.bytes).toString()).toBe('webp:one picture');
    await examples.set(actor(), project.projectId, id, upload('another'));
    const second = await examples.get(project.projectId, id);
    expect(second.version).not.toBe(first.version);
    expect(stored.size).toBe(1);
    await expect(examples.set(actor(), project.projectId, id, upload())).rejects.toThrow('not a picture');
    expect(Buffer.from((await examples.get(project.projectId, id)).bytes).toString()).toBe('webp:another');
    await examples.removeTemplate(actor(), project.projectId, id);
    expect(stored.size).toBe(0);
  });
});
