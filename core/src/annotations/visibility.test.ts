import { LARGE_PX } from '@exact/geometry';
import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter, Principal } from '@exact/sdk/server';
import { describe, expect, it, vi } from 'vitest';
import type { Sight } from '../auth/blinding.ts';
import type { HookCallers } from '../kernel/hook-caller.ts';
import { quietLog } from '../test-support.ts';
import { sealOf, toPredicate, visibleFilters, visibleWhere, withinImages } from './visibility.ts';

const sight = (isBlinded: boolean, shownLayerIds: readonly number[] = []): Sight => ({
  mode: 'blind',
  isBlinded,
  shownLayerIds,
});
const ada: Principal = { userId: 7, username: 'ada', isAdmin: false, via: 'session' };
const context = (more: Partial<HookContext> = {}): HookContext => ({
  requestId: 'r',
  signal: new AbortController().signal,
  log: quietLog,
  projectId: 3,
  principal: ada,
  ...more,
});
const SEAL = { anyOf: [{ authorIds: [7], layers: [null] }, { layers: [5, 6] }], deleted: 'all' };

/** A viewer by what was said of them; `tap` is what `annotations.visible` returns. */
function viewer({
  blinded = false,
  there,
  tap,
  ...more
}: Partial<HookContext> & {
  blinded?: boolean;
  there?: ReadonlySet<number>;
  tap?: (filter: AnnotationFilter) => AnnotationFilter | undefined;
}) {
  const call = vi.fn(async (filter: AnnotationFilter) => tap?.(filter));
  const isUsed = vi.fn(() => tap !== undefined);
  const blinding = { of: vi.fn(async () => sight(blinded, [5, 6])) };
  const visibleImages = { of: vi.fn(async () => there), ofSet: vi.fn(), isThere: vi.fn() };
  const hooks = { annotations: { visible: { call, isUsed } } } as unknown as HookCallers;
  return { hooks, seeing: { blinding, visibleImages }, context: context(more), call, isUsed };
}

describe('the seal of a project in blind mode', () => {
  it('leaves to who works blind their own annotations in no layer, and shown layers, deleted or not', () => {
    expect(sealOf(sight(true, [5, 6]), 7)).toEqual(SEAL);
  });

  it('leaves nothing of their own to nobody in particular', () => {
    expect(sealOf(sight(true, []), undefined)).toEqual({
      anyOf: [{ authorIds: [], layers: [null] }, { layers: [] }],
      deleted: 'all',
    });
  });

  it('is not there for who sees everything', () => {
    expect(sealOf(sight(false, [5]), 7)).toBeUndefined();
  });
});

describe('images that are there', () => {
  const there = new Set([1, 2]);

  it('say nothing where all are, or where the one that is asked about is', () => {
    expect(withinImages({}, undefined)).toBeUndefined();
    expect(withinImages({ imageId: 9 }, undefined)).toBeUndefined();
    expect(withinImages({ imageId: 2 }, there)).toBeUndefined();
  });

  it('keep wider questions to themselves, and leave nothing of an image that is not', () => {
    expect(withinImages({ imageSetId: 4 }, there)).toEqual({ imageIds: [1, 2], deleted: 'all' });
    expect(withinImages({ imageId: 9 }, there)).toEqual({ imageIds: [], deleted: 'all' });
    expect(withinImages({}, new Set())).toEqual({ imageIds: [], deleted: 'all' });
  });
});

describe('what a viewer sees', () => {
  const asked: AnnotationFilter = { imageId: 1 };

  it('is what was asked, the same for all, where nobody and nothing narrows', async () => {
    const open = viewer({});
    expect(await visibleFilters(asked, open)).toEqual({ filters: [asked], isForAll: true });
    expect(open.call).not.toHaveBeenCalled();
    expect(open.seeing.blinding.of).toHaveBeenCalledWith(ada, 3);
    expect(open.seeing.visibleImages.of).toHaveBeenCalledWith(ada, 3, open.context);
    expect(open.isUsed).toHaveBeenCalledWith(3);
  });

  it('is sealed for who works blind, whether or not a plugin is on', async () => {
    expect(await visibleFilters(asked, viewer({ blinded: true }))).toEqual({ filters: [asked, SEAL], isForAll: false });
    const tap = () => ({ templateIds: [1] });
    expect(await visibleFilters(asked, viewer({ blinded: true, tap }))).toEqual({
      filters: [asked, SEAL, { templateIds: [1] }],
      isForAll: false,
    });
  });

  it('is kept to the images that are there', async () => {
    expect(await visibleFilters({ projectId: 3 }, viewer({ there: new Set([1]) }))).toEqual({
      filters: [{ projectId: 3 }, { imageIds: [1], deleted: 'all' }],
      isForAll: false,
    });
    expect(await visibleFilters(asked, viewer({ there: new Set([1]) }))).toEqual({ filters: [asked], isForAll: true });
    expect((await visibleFilters(asked, viewer({ blinded: true, there: new Set([2]) }))).filters).toEqual([
      asked,
      SEAL,
      { imageIds: [], deleted: 'all' },
    ]);
  });

  it('is not the same for all where a plugin has a say, even if it says nothing', async () => {
    const silent = viewer({ tap: () => undefined });
    expect(await visibleFilters(asked, silent)).toEqual({ filters: [asked], isForAll: false });
    expect(silent.call).toHaveBeenCalledWith(asked, silent.context);
  });

  it('is nobody’s own without a person', async () => {
    const { principal: _, ...nobody } = context();
    const asking = { ...viewer({ blinded: true }), context: nobody };
    expect((await visibleFilters(asked, asking)).filters[1]).toEqual({
      anyOf: [{ authorIds: [], layers: [null] }, { layers: [5, 6] }],
      deleted: 'all',
    });
  });

  it('is never told without a project, and not when a plugin refuses', async () => {
    const { projectId: _, ...nowhere } = context();
    await expect(visibleFilters(asked, { ...viewer({}), context: nowhere })).rejects.toThrow('without their project');
    const refusing = viewer({
      tap: () => {
        throw new Error('refused');
      },
    });
    await expect(visibleWhere(asked, refusing)).rejects.toThrow('refused');
  });

  it('as a condition holds all of it', async () => {
    expect(await visibleWhere(asked, viewer({ blinded: true }))).toEqual({
      text: 'a.image_id = $1::int and a.deleted_at is null and true and ((a.author_id = any($2::int[]) and (a.layer_id is null)) or ((a.layer_id = any($3::int[]))))',
      values: [1, [7], [5, 6]],
    });
  });
});

describe('a filter as a condition', () => {
  const DELETED = 'a.deleted_at is null';
  const large = `a.kind <> 5 and greatest(width(a.box), height(a.box)) >= ${LARGE_PX}`;

  it.each<[AnnotationFilter, string, readonly unknown[]]>([
    [{ imageId: 1 }, 'a.image_id = $1::int', [1]],
    [{ imageIds: [1, 2] }, 'a.image_id = any($1::int[])', [[1, 2]]],
    [{ imageSetId: 4 }, 'a.image_id in (select id from core.image where image_set_id = $1::int)', [4]],
    [{ templateIds: [1] }, 'a.template_id = any($1::int[])', [[1]]],
    [{ authorIds: [1] }, 'a.author_id = any($1::int[])', [[1]]],
    [{ layers: [] }, 'false', []],
    [{ layers: [null] }, '(a.layer_id is null)', []],
    [{ layers: [2, 3] }, '(a.layer_id = any($1::int[]))', [[2, 3]]],
    [{ layers: [2, null] }, '(a.layer_id is null or a.layer_id = any($1::int[]))', [[2]]],
    [{ uuids: ['u'] }, 'a.uuid = any($1::uuid[])', [['u']]],
    [
      { box: { minX: 1, minY: 2, maxX: 3, maxY: 4 } },
      'a.box && box(point($1::float8, $2::float8), point($3::float8, $4::float8))',
      [1, 2, 3, 4],
    ],
    [{ verified: 'none' }, 'a.verdict is null', []],
    [{ verified: 'accepted' }, 'a.verdict = 1', []],
    [{ verified: 'rejected' }, 'a.verdict = 2', []],
    [{ large: 'all' }, 'true', []],
    [{ large: 'only' }, `(${large})`, []],
    [{ large: 'no' }, `not (${large})`, []],
    [{ createdAfter: 't' }, 'a.created_at > $1::timestamptz', ['t']],
    [{ createdBefore: 't' }, 'a.created_at < $1::timestamptz', ['t']],
    [{ updatedAfter: 't' }, 'a.updated_at > $1::timestamptz', ['t']],
    [{ updatedBefore: 't' }, 'a.updated_at < $1::timestamptz', ['t']],
    [{ text: 'a_b%c\\' }, '(a.description ilike $1::text or a.meta::text ilike $1::text)', ['%a\\_b\\%c\\\\%']],
    [{ meta: {} }, 'true', []],
    [
      { meta: { grade: [3], stain: ['HE'] } },
      '(a.meta @> any($1::jsonb[]) and a.meta @> any($2::jsonb[]))',
      [
        ['{"grade":3}', '{"grade":[3]}', '{"attributes":{"grade":3}}', '{"attributes":{"grade":[3]}}'],
        ['{"stain":"HE"}', '{"stain":["HE"]}', '{"attributes":{"stain":"HE"}}', '{"attributes":{"stain":["HE"]}}'],
      ],
    ],
    [{ anyOf: [] }, 'false', []],
    [{ anyOf: [{}] }, '((true))', []],
    [
      {
        anyOf: [
          { authorIds: [1], layers: [null] },
          { layers: [2], deleted: 'only' },
        ],
      },
      '((a.author_id = any($1::int[]) and (a.layer_id is null)) or ((a.layer_id = any($2::int[])) and a.deleted_at is not null))',
      [[1], [2]],
    ],
    [{ anyOf: [{ anyOf: [{ imageId: 1 }] }] }, '((((a.image_id = $1::int))))', [1]],
    [
      { authorIds: [1], allOf: [{ authorIds: [2] }, { imageIds: [3], allOf: [{ verified: 'none' }] }] },
      'a.author_id = any($1::int[]) and (a.author_id = any($2::int[]) and a.image_id = any($3::int[]) and (a.verdict is null))',
      [[1], [2], [3]],
    ],
    [{ allOf: [{}] }, '(true)', []],
  ])('%j', (filter, text, values) => {
    const parts = toPredicate([filter]);
    const found = parts.text.split(' and ').filter((part) => part !== DELETED);
    expect(found.join(' and ')).toBe(text);
    expect(parts.values).toEqual(values);
    expect(parts.text).toContain(DELETED);
  });

  it('of a project names its images', () => {
    const { text, values } = toPredicate([{ projectId: 3 }]);
    expect(text.replaceAll(/\s+/g, ' ')).toBe(
      `a.image_id in (select i.id from core.image i join core.image_set s on s.id = i.image_set_id where s.project_id = $1::int) and ${DELETED}`,
    );
    expect(values).toEqual([3]);
  });

  it('leaves deleted ones out unless it says otherwise', () => {
    expect(toPredicate([{}]).text).toBe(DELETED);
    expect(toPredicate([{ deleted: 'no' }]).text).toBe(DELETED);
    expect(toPredicate([{ deleted: 'only' }]).text).toBe('a.deleted_at is not null');
    expect(toPredicate([{ deleted: 'all' }]).text).toBe('true');
  });

  it('is true when there is nothing to say', () => {
    expect(toPredicate([])).toEqual({ text: 'true', values: [] });
    expect(toPredicate([{ imageId: 1 }], ['authorIds'])).toEqual({ text: 'true', values: [] });
  });

  it('writes what two filters say alike once, and what they say differently twice', () => {
    expect(toPredicate([{ imageId: 1 }, { imageId: 1, authorIds: [2] }])).toEqual({
      text: `a.image_id = $1::int and ${DELETED} and a.author_id = any($2::int[])`,
      values: [1, [2]],
    });
    expect(toPredicate([{ imageId: 1 }, { imageId: 2, deleted: 'all' }])).toEqual({
      text: `a.image_id = $1::int and ${DELETED} and a.image_id = $2::int and true`,
      values: [1, 2],
    });
  });

  it('holds only the fields that are asked for', () => {
    const filter: AnnotationFilter = { imageId: 1, authorIds: [2], deleted: 'only' };
    expect(toPredicate([filter], ['authorIds'])).toEqual({ text: 'a.author_id = any($1::int[])', values: [[2]] });
  });
});
