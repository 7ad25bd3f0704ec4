// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createApp, defineComponent, nextTick, shallowRef } from 'vue';
import { router } from '../app/router.ts';
import { useSession } from '../auth/session.ts';
import { useAddress } from './use-address.ts';
import type { Workbench } from './workbench/index.ts';

const view = shallowRef({ centerX: 0, centerY: 20, downsample: 2, rotation: 0 });
const bench = {
  ...{ view, loading: shallowRef('ready'), selection: shallowRef([]) },
  filter: { current: shallowRef({}), set: () => undefined },
} as unknown as Workbench;

beforeEach(async () => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  const session = useSession();
  vi.spyOn(session, 'ensureKnown').mockResolvedValue();
  Object.defineProperty(session, 'me', { value: { id: 1 } });
});
afterEach(() => vi.useRealTimers());

async function showImage(): Promise<void> {
  const viewer = defineComponent({ setup: () => (useAddress(() => bench, 1), () => null) });
  await router.push('/images/1');
  createApp(viewer).use(router).mount(document.createElement('div'));
  view.value = { ...view.value, centerX: 10 };
  await nextTick();
}

it('writes what is shown into the address', async () => {
  await showImage();
  await vi.advanceTimersByTimeAsync(500);
  expect(router.currentRoute.value.query).toMatchObject({ x: '10', y: '20' });
});

it('does not hold back who is on the way to another page', async () => {
  await showImage();
  await vi.advanceTimersByTimeAsync(499);
  const arrived = router.push('/images/2');
  vi.advanceTimersByTime(1);
  expect(await arrived).toBeUndefined();
  expect(router.currentRoute.value.path).toBe('/images/2');
});
