// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mountInViewer, type Harness } from '../../test/harness.ts';
import { filterStates } from './filter-states.ts';
import FilterPanel from './FilterPanel.vue';
import plugin from './index.ts';
import PixelFilter from './pixel-filter.ts';

let harness: Harness;
const input = (label: string): HTMLInputElement => {
  const found = [...harness.wrapper.element.parentElement!.querySelectorAll('input')].find(
    (element) =>
      element.getAttribute('aria-label') === label || element.closest('label')?.textContent?.trim() === label,
  );
  if (!found) throw new Error(`There is no field "${label}".`);
  return found;
};
async function type(label: string, value: string): Promise<void> {
  const field = input(label);
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  await flushPromises();
}
async function click(label: string): Promise<void> {
  input(label).click();
  await flushPromises();
}
const open = async (stored?: Map<string, object>): Promise<void> => {
  harness = mountInViewer([FilterPanel, PixelFilter], stored);
  await flushPromises();
};

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  harness.wrapper.unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the image filters', () => {
  it('put nothing into the viewer while nothing is set', async () => {
    await open();
    await type('Brightness', '0');
    expect(harness.calls).toEqual([]);
  });

  it('add one filter with the first setting, change it with the next ones, and take it away with the last', async () => {
    await open();
    await type('Brightness', '0.25');
    await click('Invert');
    await type('Brightness', '0');
    await click('Invert');
    expect(harness.calls).toEqual(['add', 'update', 'update', 'dispose']);
    expect(harness.filters.size).toBe(0);
  });

  it('keep numbers within their range, and give an empty field its value back', async () => {
    await open();
    await type('Gamma', '99');
    expect(input('Gamma').value).toBe('5');
    await type('Gamma', '');
    expect(input('Gamma').value).toBe('5');
  });

  it('are stored for the image half a second after the last change', async () => {
    await open();
    await type('Contrast', '0.5');
    await click('Red');
    expect(harness.stored.size).toBe(0);
    await vi.advanceTimersByTimeAsync(500);
    expect([...harness.stored]).toEqual([
      ['image:1', expect.objectContaining({ contrast: 0.5, red: false, green: true })],
    ]);
  });

  it('are those of the image: another one is shown as it is until its own are loaded', async () => {
    await open(
      new Map<string, object>([
        ['image:1', { invert: true }],
        ['image:2', { grey: true }],
      ]),
    );
    expect(harness.calls).toEqual(['add']);
    harness.imageId.value = 2;
    await harness.wrapper.vm.$nextTick();
    expect(harness.filters.size).toBe(0);
    await flushPromises();
    expect(harness.calls).toEqual(['add', 'dispose', 'add']);
    expect(input('Grey').checked).toBe(true);
    expect(input('Invert').checked).toBe(false);
  });

  it('have a threshold only when it is asked for', async () => {
    await open();
    expect(() => input('Threshold')).toThrow();
    await click('Black and white from a grey value on');
    await type('Threshold', '200');
    await vi.advanceTimersByTimeAsync(500);
    expect(harness.stored.get('image:1')).toMatchObject({ threshold: 200 });
    await click('Black and white from a grey value on');
    expect(harness.filters.size).toBe(0);
  });

  it('are reset by the button, and the reset is stored, too', async () => {
    await open(new Map([['image:1', { invert: true, gamma: 2 }]]));
    harness.wrapper.find('button').element.click();
    await vi.advanceTimersByTimeAsync(500);
    expect(harness.filters.size).toBe(0);
    expect(harness.stored.get('image:1')).toMatchObject({ invert: false, gamma: 1 });
  });

  it('stay applied when the panel is folded away', async () => {
    harness = mountInViewer([PixelFilter], new Map([['image:1', { invert: true }]]));
    await flushPromises();
    expect(harness.filters.size).toBe(1);
  });

  it('leave nothing behind when they are switched off', async () => {
    await open(new Map([['image:1', { invert: true }]]));
    harness.wrapper.unmount();
    expect(harness.calls).toEqual(['add', 'dispose']);
    expect(filterStates.size).toBe(0);
  });
});

describe('the commands', () => {
  const shown: string[] = [];
  const run = async (name: string): Promise<void> => {
    await plugin.commands?.[`image-filters:${name}`]?.({ showPanel: (id) => shown.push(id) });
    await flushPromises();
  };

  it('go to the controls, and from there reset the filter', async () => {
    await open(new Map([['image:1', { invert: true }]]));
    await run('open');
    expect(document.activeElement).toMatchObject({
      type: 'range',
      id: harness.wrapper.find('label').attributes('for'),
    });
    expect(harness.filters.size).toBe(1);
    await run('open');
    expect(harness.filters.size).toBe(0);
  });

  it('unfold the controls when they are folded away, and then go to them', async () => {
    await run('open');
    expect(shown.at(-1)).toBe('image-filters:controls');
    await open(new Map());
    expect(document.activeElement).toMatchObject({ type: 'range' });
  });

  it('invert and reset without the panel', async () => {
    harness = mountInViewer([PixelFilter]);
    await flushPromises();
    await run('invert');
    expect(harness.filters.size).toBe(1);
    await run('reset');
    expect(harness.filters.size).toBe(0);
  });
});
