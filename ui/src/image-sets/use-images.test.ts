// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest';
import { ref } from 'vue';

vi.mock('../app/live-client.ts', () => ({ live: {} }));
const { placeBetween } = await import('./use-images.ts');
const { useSelection } = await import('./use-selection.ts');

describe('place between neighbours', () => {
  it.each([
    [1, 2, 1.5],
    [undefined, 2, 1],
    [2, undefined, 3],
    [undefined, undefined, 0],
  ])('puts an image between %s and %s at %s', (before, after, place) => {
    expect(placeBetween(before, after)).toBe(place);
  });
});

describe('selection', () => {
  it('takes a stretch with Shift, in the order that is shown, and lets go of what has gone', () => {
    const order = ref([4, 2, 9, 7]);
    const selection = useSelection(order);
    selection.toggle(2, false);
    selection.toggle(7, true);
    expect(selection.ids.value).toEqual([2, 9, 7]);
    selection.toggle(9, false);
    expect(selection.ids.value).toEqual([2, 7]);
    order.value = [7, 4];
    expect(selection.ids.value).toEqual([7]);
    selection.clear();
    expect(selection.ids.value).toEqual([]);
  });
});
