import type { LiveMessage, LiveRequest, PresenceView } from '@exact/sdk/contract';
import type { View } from '@exact/sdk/ui';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, shallowRef } from 'vue';
import { cornersOf, createPresenceState } from './presence-state.ts';

const VIEW: View = {
  ...{ centerX: 500, centerY: 400, downsample: 2, rotation: 0, flipped: false },
  bounds: { minX: 0, minY: 0, maxX: 1000, maxY: 800 },
};
const SEEN: PresenceView = { x: 100, y: 200, width: 800, height: 600, rotation: 0 };

function open() {
  const scope = effectScope();
  const said: LiveRequest[] = [];
  const stops: string[] = [];
  const went: PresenceView[] = [];
  const view = shallowRef(VIEW);
  const [isOn, isHidden] = [shallowRef(true), shallowRef(false)];
  let tell: (message: Extract<LiveMessage, { type: 'presence' | 'absent' }>) => void = () => undefined;
  let moved = (): void => undefined;
  let heading = 'home';
  const state = scope.run(() =>
    createPresenceState({
      ...{ projectId: 1, imageId: 7, view, tool: shallowRef('select'), isOn, isHidden },
      size: () => ({ x: 1000, y: 800 }),
      say: (request) => said.push(request),
      onTold: (handle) => {
        tell = handle;
        return () => undefined;
      },
      goTo(next) {
        went.push(next);
        heading = `at ${next.x}`;
        moved();
      },
      heading: () => heading,
      onView: (listener) => {
        moved = listener;
        return () => undefined;
      },
      onStop: (person, isGone) => stops.push(`${person.id} ${isGone ? 'gone' : 'left'}`),
    }),
  )!;
  return {
    ...{ scope, said, stops, went, view, isOn, isHidden, state },
    ben: (more: Partial<PresenceView> = {}, imageId = 7) =>
      tell({ type: 'presence', id: 'b', projectId: 1, imageId, userId: 2, view: { ...SEEN, ...more } }),
    absent: () => tell({ type: 'absent', id: 'b', imageId: 7 }),
    move(to: string) {
      heading = to;
      moved();
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('one’s own presence', () => {
  it('is told four times a second while one moves, and each four seconds while one does not', async () => {
    const { said, view } = open();
    vi.advanceTimersByTime(0);
    expect(said).toEqual([
      {
        ...{ type: 'presence', projectId: 1, imageId: 7, tool: 'select' },
        view: { x: 500, y: 400, width: 2000, height: 1600, rotation: 0 },
      },
    ]);
    for (let i = 0; i < 20; i++) {
      view.value = { ...VIEW, centerX: i + 1 };
      await nextTick();
      vi.advanceTimersByTime(50);
    }
    expect(said.length).toBeLessThanOrEqual(6);
    vi.advanceTimersByTime(250);
    expect(said.at(-1)).toMatchObject({ view: { x: 20 } });
    const before = said.length;
    vi.advanceTimersByTime(12_000);
    expect(said.length).toBe(before + 3);
  });

  it('is not shown by who wants to be invisible, and ends with the page', async () => {
    const { said, isHidden, scope } = open();
    vi.advanceTimersByTime(0);
    isHidden.value = true;
    await nextTick();
    expect(said.at(-1)).toEqual({ type: 'presence', projectId: 1, imageId: 7 });
    scope.stop();
    expect(said.at(-1)).toEqual({ type: 'absent' });
    const before = said.length;
    vi.advanceTimersByTime(20_000);
    expect(said.length).toBe(before);
  });

  it('is not told at all where people work blind, and ends when they begin to', async () => {
    const { said, isOn, state, ben } = open();
    vi.advanceTimersByTime(0);
    ben();
    isOn.value = false;
    await nextTick();
    expect(said.at(-1)).toEqual({ type: 'absent' });
    expect(state.people.value).toEqual([]);
    const before = said.length;
    ben();
    vi.advanceTimersByTime(20_000);
    expect([said.length, state.people.value]).toEqual([before, []]);
  });
});

describe('others', () => {
  it('are here until they go, are on another image, or are silent for twelve seconds', () => {
    const { state, ben, absent } = open();
    ben({}, 8);
    expect(state.people.value).toEqual([]);
    ben();
    expect(state.people.value).toMatchObject([{ id: 'b', userId: 2, view: SEEN }]);
    absent();
    expect(state.people.value).toEqual([]);
    ben();
    vi.advanceTimersByTime(11_000);
    ben();
    vi.advanceTimersByTime(11_000);
    expect(state.people.value).toHaveLength(1);
    vi.advanceTimersByTime(1100);
    expect(state.people.value).toEqual([]);
  });

  it('are gone along with until one moves oneself', () => {
    const { state, ben, went, stops, move } = open();
    ben();
    state.follow('b');
    ben({ x: 300 });
    expect(went.map(({ x }) => x)).toEqual([100, 300]);
    move('at 300'); // on the way there
    expect(state.followed.value).toBe('b');
    move('elsewhere');
    expect([state.followed.value, stops]).toEqual([undefined, ['b left']]);
    ben({ x: 400 });
    expect(went).toHaveLength(2);
  });

  it('end it by leaving', () => {
    const { state, ben, absent, stops } = open();
    ben();
    state.follow('b');
    absent();
    expect([state.followed.value, stops]).toEqual([undefined, ['b gone']]);
  });

  it('who follow each other do not drive each other away: who follows is where the other one is', () => {
    const { state, ben, said } = open();
    ben({ width: 5000 });
    state.follow('b');
    vi.advanceTimersByTime(5000);
    expect(said.at(-1)).toMatchObject({ view: { ...SEEN, width: 5000 } });
  });
});

describe('the rectangle of a view', () => {
  it('lies on the image as it is turned', () => {
    expect(cornersOf(SEEN)).toBe('-300,-100 500,-100 500,500 -300,500');
    expect(cornersOf({ ...SEEN, rotation: 90 })).toBe('-200,600 -200,-200 400,-200 400,600');
  });
});
