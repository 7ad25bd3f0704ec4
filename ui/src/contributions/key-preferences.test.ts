import type { KeyPreferences } from '@exact/sdk/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyPreferences, STANDARD_KEYS } from './key-preferences.ts';
import { createShortcutRegistry } from './shortcut-registry.ts';

const KEYS: KeyPreferences = { preset: 'exact', bindings: { 'viewer:fit': ['Z'] }, areSingleKeysOn: false };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A browser with its storage; `server` takes documents until it is cut off. */
function browser(storage = new Map<string, string>()) {
  const sent: KeyPreferences[] = [];
  const line = { isCut: false };
  const registry = createShortcutRegistry();
  const store = createKeyPreferences({
    registry,
    storage: { getItem: (name) => storage.get(name) ?? null, setItem: (name, text) => void storage.set(name, text) },
    save: async (keys) => {
      if (line.isCut) throw new Error('cut');
      sent.push(keys);
    },
  });
  return { store, registry, sent, line, storage };
}
const me = (id: number, keys?: unknown) => ({ id, preferences: keys === undefined ? {} : { keys: keys as never } });

describe('keys of a person', () => {
  it('come from the server at sign-in, act at once, and leave with the person', () => {
    const { store, registry } = browser();
    registry.register('viewer', [{ id: 'viewer:fit', title: 'Fit', keys: 'Home', run: () => {} }]);
    store.adopt(me(1, KEYS));
    expect(registry.keysOf('viewer:fit')).toEqual(['Z']);
    expect(registry.areSingleKeysOn.value).toBe(false);
    store.adopt(undefined);
    expect(registry.keysOf('viewer:fit')).toEqual(['Home']);
    store.adopt(me(2));
    expect(store.value).toEqual(STANDARD_KEYS);
  });

  it('are sent once after several quick changes', async () => {
    const { store, sent } = browser();
    store.adopt(me(1));
    store.change({ preset: 'qupath' });
    store.change({ bindings: { 'a:b': ['A'] } });
    expect(store.state.isUnsent).toBe(true);
    await vi.runAllTimersAsync();
    expect(sent).toEqual([{ preset: 'qupath', bindings: { 'a:b': ['A'] }, areSingleKeysOn: true }]);
    expect(store.state.isUnsent).toBe(false);
  });

  it('stay in the browser while the line is cut, over a reload, and come before what the server has', async () => {
    const first = browser();
    first.store.adopt(me(1));
    first.line.isCut = true;
    first.store.change({ preset: 'cvat' });
    await vi.advanceTimersByTimeAsync(5000);
    expect(first.sent).toEqual([]);
    const second = browser(first.storage);
    second.store.adopt(me(1, KEYS));
    expect(second.store.value.preset).toBe('cvat');
    await vi.runOnlyPendingTimersAsync();
    expect(second.sent).toMatchObject([{ preset: 'cvat' }]);
    expect(second.store.state.isUnsent).toBe(false);
  });

  it('follow what another tab of the same person has written, and nobody else', async () => {
    const { store, registry, sent } = browser();
    store.adopt(me(1));
    store.change({ preset: 'cvat' });
    store.follow('exact:keys:1', JSON.stringify({ keys: KEYS, isUnsent: true }));
    expect([store.value.preset, store.state.isUnsent]).toEqual(['exact', true]);
    expect(registry.choices.value.own).toEqual(KEYS.bindings);
    await vi.advanceTimersByTimeAsync(5000);
    store.follow('exact:keys:1', JSON.stringify({ keys: KEYS, isUnsent: false }));
    await vi.runAllTimersAsync();
    expect(sent).toEqual([]); // the other tab has sent it
    store.follow('exact:keys:1', JSON.stringify({ keys: KEYS, isUnsent: true }));
    await vi.runAllTimersAsync();
    expect(sent).toEqual([KEYS]); // the other tab was closed before it could
    store.follow('exact:keys:2', JSON.stringify({ keys: { ...KEYS, preset: 'qupath' }, isUnsent: false }));
    store.follow('exact:keys:1', 'broken');
    expect(store.value.preset).toBe('exact');
  });

  it('are the standard ones where what is stored is no such document', () => {
    const { store } = browser(new Map([['exact:keys:1', '{"keys": 7, "isUnsent": true}']]));
    store.adopt(me(1, { preset: 'vim' }));
    expect(store.value).toEqual(STANDARD_KEYS);
  });
});
