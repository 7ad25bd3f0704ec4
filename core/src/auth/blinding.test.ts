import type { Collaboration, ProjectRole } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Services } from '../services.ts';
import { quietLog } from '../test-support.ts';
import { createBlinding } from './blinding.ts';
import type { AccessNotice } from './notices.ts';
import type { Reader } from './sight-cache.ts';
import { createVisibleImages } from './visible-images.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ben: Reader = { userId: 7, isAdmin: false };

function listening() {
  const listeners: ((notice: AccessNotice) => void)[] = [];
  return {
    notices: { on: (listener: (notice: AccessNotice) => void) => (listeners.push(listener), () => undefined) },
    tell: (notice: AccessNotice) => listeners.forEach((listener) => listener(notice)),
  };
}

/** Sights over a project whose row the test holds; `meanwhile` happens between the question and its answer. */
function sights(first: { collaboration: Collaboration; role: ProjectRole | null; layers: number[] } | undefined) {
  const { notices, tell } = listening();
  const state = { row: first, meanwhile: undefined as (() => void) | undefined };
  const query = vi.fn(async (_text: string, _values: readonly unknown[]) => {
    const { row, meanwhile } = state;
    state.meanwhile = undefined;
    meanwhile?.();
    return row ? [{ ...row }] : [];
  });
  const database = { sql: { query } } as unknown as Services['database'];
  return { blinding: createBlinding({ database }, notices), query, tell, state };
}

describe('who works blind', () => {
  it.each<[Collaboration, ProjectRole | null, boolean, boolean]>([
    ['blind', 'viewer', false, true],
    ['blind', 'annotator', false, true],
    ['blind', 'verifier', false, true],
    ['blind', 'manager', false, false],
    ['blind', null, false, true],
    ['blind', null, true, false],
    ['blind', 'viewer', true, false],
    ['cooperative', 'viewer', false, false],
    ['secondOpinion', 'verifier', false, false],
    ['cooperative', null, false, false],
  ])('in mode %s as %s, administrator %s: %s', async (collaboration, role, isAdmin, isBlinded) => {
    const { blinding, query } = sights({ collaboration, role, layers: [3] });
    expect(await blinding.of({ userId: 7, isAdmin }, 1)).toEqual({
      mode: collaboration,
      isBlinded,
      shownLayerIds: [3],
    });
    expect(query).toHaveBeenCalledWith(expect.any(String), [1, 7]);
  });

  it('is everybody in a project that is not there, and sees nothing', async () => {
    const { blinding } = sights(undefined);
    expect(await blinding.of(ben, 1)).toEqual({ mode: 'blind', isBlinded: true, shownLayerIds: [] });
  });

  it('is nobody in particular where others are, too', async () => {
    const { blinding, query } = sights({ collaboration: 'blind', role: null, layers: [] });
    expect(await blinding.of(undefined, 1)).toMatchObject({ isBlinded: true });
    expect(query).toHaveBeenCalledWith(expect.any(String), [1, 0]);
  });

  it('is asked of the database once for a person and project, and again after half a minute', async () => {
    const { blinding, query } = sights({ collaboration: 'blind', role: 'viewer', layers: [] });
    const first = await blinding.of(ben, 1);
    expect(await blinding.of(ben, 1)).toBe(first);
    expect(query).toHaveBeenCalledTimes(1);
    await blinding.of(ben, 2);
    await blinding.of({ userId: 8, isAdmin: false }, 1);
    await blinding.of({ userId: 7, isAdmin: true }, 1); // made an administrator: nothing old is used
    expect(query).toHaveBeenCalledTimes(4);
    vi.advanceTimersByTime(29_999);
    await blinding.of(ben, 1);
    expect(query).toHaveBeenCalledTimes(4);
    vi.advanceTimersByTime(1);
    await blinding.of(ben, 1);
    expect(query).toHaveBeenCalledTimes(5);
  });

  it('is looked up anew after any change of rights, modes and layers, not of sessions', async () => {
    const { blinding, query, tell, state } = sights({ collaboration: 'cooperative', role: 'viewer', layers: [] });
    await blinding.of(ben, 1);
    tell({ about: 'session', id: 1 });
    tell({ about: 'token', id: 1 });
    await blinding.of(ben, 1);
    expect(query).toHaveBeenCalledTimes(1);
    state.row = { collaboration: 'blind', role: 'viewer', layers: [] };
    const notices: AccessNotice[] = [
      { about: 'project', id: 1 },
      { about: 'user', id: 7 },
      { about: 'grants' },
      { about: 'everything' },
    ];
    for (const [i, notice] of notices.entries()) {
      tell(notice);
      expect(await blinding.of(ben, 1)).toMatchObject({ isBlinded: true });
      expect(query).toHaveBeenCalledTimes(i + 2);
    }
  });

  it('stays known in one project while another one changes', async () => {
    const { blinding, query, tell } = sights({ collaboration: 'blind', role: 'viewer', layers: [] });
    await blinding.of(ben, 1);
    await blinding.of(ben, 2);
    tell({ about: 'project', id: 2 });
    await blinding.of(ben, 1);
    expect(query).toHaveBeenCalledTimes(2);
    await blinding.of(ben, 2);
    expect(query).toHaveBeenCalledTimes(3);
  });

  it('is not remembered from a question that a change has overtaken', async () => {
    const { blinding, query, tell, state } = sights({ collaboration: 'cooperative', role: 'viewer', layers: [] });
    state.meanwhile = () => {
      state.row = { collaboration: 'blind', role: 'viewer', layers: [] };
      tell({ about: 'project', id: 1 });
    };
    await blinding.of(ben, 1);
    expect(await blinding.of(ben, 1)).toMatchObject({ isBlinded: true });
    expect(query).toHaveBeenCalledTimes(2);
  });
});

describe('images that are there', () => {
  const principal = { userId: 7, username: 'ben', isAdmin: false, via: 'session' } as const;

  function visible(answer: () => Promise<{ imageIds?: readonly number[] } | undefined>, isUsed = true) {
    const { notices, tell } = listening();
    const call = vi.fn((_value: unknown, _context: HookContext) => answer());
    const query = vi.fn(async () => [{ project_id: 1 }]);
    const services = {
      database: { sql: { query } },
      hooks: { images: { visible: { call, isUsed: () => isUsed } } },
      log: quietLog,
    } as unknown as Services;
    return { images: createVisibleImages(services, notices), call, query, tell };
  }

  it('are all where no plugin has a say, without any question', async () => {
    const { images, call, query } = visible(() => Promise.reject(new Error('asked')), false);
    expect(await images.of(principal, 1)).toBeUndefined();
    expect(await images.ofSet(principal, 4)).toBeUndefined();
    expect(images.isThere(principal, 1, 5)).toBe(true);
    expect(call).not.toHaveBeenCalled();
    expect(query).not.toHaveBeenCalled();
  });

  it('are those of the answer, which is kept for half a minute; nothing is known before', async () => {
    const { images, call } = visible(async () => ({ imageIds: [5] }));
    expect(images.isThere(principal, 1, 5)).toBeUndefined();
    expect(await images.ofSet(principal, 4)).toEqual(new Set([5]));
    expect(call).toHaveBeenCalledWith({ projectId: 1 }, expect.objectContaining({ principal, projectId: 1 }));
    expect([5, 6].map((id) => images.isThere(principal, 1, id))).toEqual([true, false]);
    expect(images.isThere({ ...principal, isAdmin: true }, 1, 5)).toBeUndefined();
    expect(images.isThere({ ...principal, userId: 8 }, 1, 5)).toBeUndefined();
    vi.advanceTimersByTime(29_999);
    await images.of(principal, 1);
    expect(call).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(images.isThere(principal, 1, 5)).toBeUndefined();
    await images.of(principal, 1);
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('are all where the plugin narrows nothing', async () => {
    for (const answer of [undefined, {}]) {
      const { images } = visible(async () => answer);
      expect(await images.of(principal, 1)).toBeUndefined();
      expect(images.isThere(principal, 1, 5)).toBe(true);
    }
  });

  it('are asked about again after a notice, also when it comes while they are asked about', async () => {
    const meanwhile: (() => void)[] = [];
    const { images, call, tell } = visible(async () => {
      meanwhile.pop()?.();
      return { imageIds: [5] };
    });
    await images.of(principal, 1);
    tell({ about: 'session', id: 1 });
    expect(images.isThere(principal, 1, 5)).toBe(true);
    meanwhile.push(() => tell({ about: 'project', id: 1 }));
    tell({ about: 'project', id: 1 });
    await images.of(principal, 1);
    expect(images.isThere(principal, 1, 5)).toBeUndefined();
    await images.of(principal, 1);
    expect(call).toHaveBeenCalledTimes(3);
  });

  it('are asked for once by all who ask at the same time, and anew by who asks after a change', async () => {
    const answers: ((value: { imageIds: number[] }) => void)[] = [];
    const { images, call, tell } = visible(() => new Promise((resolve) => answers.push(resolve)));
    const together = [images.of(principal, 1), images.of(principal, 1)];
    tell({ about: 'project', id: 1 });
    const later = [images.of(principal, 1), images.of(principal, 1)];
    expect(call).toHaveBeenCalledTimes(2);
    answers[1]?.({ imageIds: [6] });
    expect(await Promise.all(later)).toEqual([new Set([6]), new Set([6])]);
    answers[0]?.({ imageIds: [5] }); // overtaken: told to those who asked then, and not kept
    expect(await Promise.all(together)).toEqual([new Set([5]), new Set([5])]);
    expect(await images.of(principal, 1)).toEqual(new Set([6]));
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('are nobody’s when the plugin fails, and that is not remembered', async () => {
    const { images, call } = visible(() => Promise.reject(new Error('broken')));
    await expect(images.of(principal, 1)).rejects.toThrow('broken');
    expect(images.isThere(principal, 1, 5)).toBeUndefined();
    await expect(images.of(principal, 1)).rejects.toThrow('broken');
    expect(call).toHaveBeenCalledTimes(2);
  });
});
