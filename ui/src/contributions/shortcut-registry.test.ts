// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { placeOf } from './focus-place.ts';
import { keyCaps, keyTextOf, keyTextsOf, normaliseKeys, recordedTextOf, refusalOf } from './keys.ts';
import { createShortcutRegistry, type FocusPlace } from './shortcut-registry.ts';

const PAGE: FocusPlace = { isInDialog: false, isText: false, owns: () => false };
const key = (init: KeyboardEventInit): KeyboardEvent =>
  new KeyboardEvent('keydown', { cancelable: true, code: init.key ?? '', ...init });

describe('keys as text', () => {
  it.each([
    [{ key: 'z', ctrlKey: true, shiftKey: true }, 'Ctrl+Shift+Z'],
    [{ key: 'Z', metaKey: true, shiftKey: true }, 'Ctrl+Shift+Z'],
    [{ key: '?', shiftKey: true }, '?'],
    [{ key: '+', ctrlKey: true, shiftKey: true }, 'Ctrl++'],
    [{ key: ' ' }, 'Space'],
    [{ key: 'ArrowLeft', shiftKey: true }, 'Shift+ArrowLeft'],
  ])('calls %o %s', (init, text) => {
    expect(keyTextOf(key(init))).toBe(text);
  });

  it.each([
    ['ctrl+shift+z', 'Ctrl+Shift+Z'],
    ['cmd+k', 'Ctrl+K'],
    ['shift+ctrl+esc', 'Ctrl+Shift+Escape'],
    ['+', '+'],
    ['Ctrl++', 'Ctrl++'],
    ['Space', 'Space'],
    ['del', 'Delete'],
  ])('reads %s as %s', (written, text) => {
    expect(normaliseKeys(written)).toBe(text);
  });

  it.each([
    ['a Russian letter', { key: 'ф', code: 'KeyA', ctrlKey: true }, 'Ctrl+A'],
    ['a digit of a French keyboard', { key: '&', code: 'Digit1' }, '1'],
    ['a sign that needs AltGr', { key: '[', code: 'Digit8', ctrlKey: true, altKey: true }, '['],
    ['Option on a Mac', { key: 'ƒ', code: 'KeyF', altKey: true }, 'Alt+F'],
    ['Shift and a digit', { key: '!', code: 'Digit1', shiftKey: true }, 'Shift+1'],
    ['an accent that waits', { key: 'Dead', code: 'Backquote' }, '<Backquote>'],
  ])('finds the commands of %s', (_, init, text) => {
    expect(keyTextsOf(key(init))).toContain(text);
  });

  it('does not take a French A for the Q that lies in its place', () => {
    expect(keyTextsOf(key({ key: 'a', code: 'KeyQ' }))).toEqual(['A', '<KeyQ>']);
  });

  it('records no modifier alone, an accent by its place, and refuses what a page never gets', () => {
    expect(recordedTextOf(key({ key: 'Shift' }))).toBeUndefined();
    expect(recordedTextOf(key({ key: 'Dead', code: 'Backquote', shiftKey: true }))).toBe('Shift+<Backquote>');
    expect(['Ctrl+W', 'Ctrl+Shift+T', 'Shift+Tab', 'Escape', 'Ctrl+K', 'F2'].map(refusalOf)).toEqual([
      'browser',
      'browser',
      'focus',
      'escape',
      undefined,
      undefined,
    ]);
  });

  it('draws one cap for each key', () => {
    expect(keyCaps('Shift+<Backquote>', false)).toEqual(['Shift', '`']);
    expect(keyCaps('Ctrl+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(keyCaps('Ctrl++', true)).toEqual(['⌘', '+']);
  });
});

describe('shortcut registry', () => {
  it('gives a key to the strongest scope that can use it now', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    let isScreening = true;
    registry.register('global', [{ id: 'g', title: 'g', keys: 'A', run: () => words.push('global') }]);
    registry.register('viewer', [{ id: 'v', title: 'v', keys: 'A', run: () => words.push('viewer') }]);
    registry.register('mode', [
      { id: 'm', title: 'm', keys: 'A', when: () => isScreening, run: () => words.push('mode') },
    ]);
    registry.press(key({ key: 'a' }), PAGE);
    isScreening = false;
    registry.press(key({ key: 'a' }), PAGE);
    expect(words).toEqual(['mode', 'viewer']);
  });

  it('passes a key on when the entry returns false, and leaves it to the browser when nobody takes it', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    registry.register('tool', [{ id: 't', title: 't', keys: 'Escape', run: () => words.push('tool') > 99 }]);
    registry.register('viewer', [{ id: 'v', title: 'v', keys: 'Escape', run: () => words.push('viewer') }]);
    const used = key({ key: 'Escape' });
    expect(registry.press(used, PAGE)).toBe(true);
    expect(used.defaultPrevented).toBe(true);
    const unused = key({ key: 'F1' });
    expect(registry.press(unused, PAGE)).toBe(false);
    expect(unused.defaultPrevented).toBe(false);
    expect(words).toEqual(['tool', 'viewer']);
  });

  it('follows the keys that a person has chosen at once, those of plugins too', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    registry.register('viewer', [{ id: 'viewer:fit', title: 'Fit', keys: 'Home', run: () => words.push('fit') }]);
    registry.register('viewer', [
      { id: 'p:first', title: 'First', keys: 'F', isSuggestion: true, run: () => words.push('first') },
    ]);
    registry.choices.value = { preset: {}, own: { 'p:first': ['Home'] } };
    registry.press(key({ key: 'Home' }), PAGE);
    expect([words, registry.keysOf('viewer:fit'), registry.keysOf('p:first')]).toEqual([['first'], [], ['Home']]);
  });

  it('leaves keys to the writing of a word', () => {
    const registry = createShortcutRegistry();
    registry.register('viewer', [{ id: 'r', title: 'r', keys: 'R', run: () => true }]);
    expect(registry.press(key({ key: 'r', isComposing: true }), PAGE)).toBe(false);
    expect(registry.press(key({ key: 'r', keyCode: 229 } as KeyboardEventInit), PAGE)).toBe(false);
  });

  it('leaves keys to text fields, except those with a modifier that do not edit', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    registry.register('viewer', [{ id: 'r', title: 'r', keys: ['R', 'Ctrl+Z'], run: () => words.push('viewer') }]);
    registry.register('global', [{ id: 'k', title: 'k', keys: ['Ctrl+K', 'Ctrl+C'], run: () => words.push('global') }]);
    const text = { ...PAGE, isText: true };
    for (const init of [
      { key: 'r' },
      { key: 'z', ctrlKey: true },
      { key: 'c', ctrlKey: true },
      { key: 'k', ctrlKey: true },
    ])
      registry.press(key(init), text);
    expect(words).toEqual(['global']);
  });

  it('lets nothing behind a dialog react', () => {
    const registry = createShortcutRegistry();
    registry.register('viewer', [{ id: 'r', title: 'r', keys: 'R', run: () => true }]);
    expect(registry.press(key({ key: 'r' }), { ...PAGE, isInDialog: true })).toBe(false);
  });

  it('refuses a suggestion whose key is taken in its scope and says by whom', () => {
    const registry = createShortcutRegistry();
    registry.register('viewer', [{ id: 'viewer:fit', title: 'Fit', keys: 'Home', run: () => {} }]);
    const undo = registry.register('viewer', [
      { id: 'p:first', title: 'First', keys: 'home', isSuggestion: true, run: () => {} },
    ]);
    expect(registry.all.value[1]).toMatchObject({ keyTexts: [], refusedBy: 'Fit' });
    undo();
    expect(registry.all.value.map((entry) => entry.id)).toEqual(['viewer:fit']);
  });

  it('ends what works while a key is held when the key goes up, and does not start it again while it repeats', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    registry.register('viewer', [
      { id: 'pan', title: 'Pan', keys: 'Space', run: () => void words.push('down'), release: () => words.push('up') },
    ]);
    registry.press(key({ key: ' ', code: 'Space' }), PAGE);
    registry.press(key({ key: ' ', code: 'Space', repeat: true }), PAGE);
    registry.release(new KeyboardEvent('keyup', { key: ' ', code: 'Space' }));
    registry.release(new KeyboardEvent('keyup', { key: ' ', code: 'Space' }));
    expect(words).toEqual(['down', 'up']);
  });

  it('turns single keys off, but not the sheet that turns them on again', () => {
    const registry = createShortcutRegistry();
    const words: string[] = [];
    registry.register(
      'global',
      ['R', '?', 'Ctrl+K'].map((keys) => ({ id: keys, title: keys, keys, run: () => words.push(keys) })),
    );
    registry.areSingleKeysOn.value = false;
    for (const init of [{ key: 'r' }, { key: '?' }, { key: 'k', ctrlKey: true }]) registry.press(key(init), PAGE);
    expect(words).toEqual(['?', 'Ctrl+K']);
  });
});

describe('place of the focus', () => {
  function place(html: string, selector: string): FocusPlace {
    document.body.innerHTML = html;
    return placeOf(document.querySelector(selector));
  }

  it('knows text fields, dialogs and the keys that controls need', () => {
    expect(place('<input>', 'input').isText).toBe(true);
    expect(place('<input type="checkbox">', 'input').isText).toBe(false);
    expect(place('<div role="dialog"><button>x</button></div>', 'button').isInDialog).toBe(true);
    const button = place('<button>x</button>', 'button');
    expect([button.owns('Space'), button.owns('ArrowLeft'), button.owns('R')]).toEqual([true, false, false]);
    expect(place('<div role="slider" tabindex="0"></div>', 'div').owns('ArrowLeft')).toBe(true);
    expect(placeOf(null)).toMatchObject({ isInDialog: false, isText: false });
  });
});
