// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_PRESETS } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { viewerCatalogue } from '../viewer/commands/catalogue.ts';
import { conflictsOf, NO_CHOICES, settleKeys, type KeyClaim } from './key-map.ts';
import { KEY_PRESET_BINDINGS } from './key-presets.ts';
import { refusalOf } from './keys.ts';

const claim = (id: string, keys: string[], more: Partial<KeyClaim> = {}): KeyClaim => ({
  id,
  title: id.toUpperCase(),
  scope: 'viewer',
  keys,
  ...more,
});
const settled = (claims: readonly KeyClaim[], choices = NO_CHOICES) =>
  settleKeys(claims, choices).map((item) => item.keyTexts);

describe('settling keys', () => {
  it('gives a key to the person before the preset, to the preset before the command, to the command before a wish', () => {
    const claims = [
      claim('wish', ['A', 'B'], { isSuggestion: true }),
      claim('plain', ['A', 'C']),
      claim('other', ['D']),
    ];
    expect(settled(claims)).toEqual([['B'], ['A', 'C'], ['D']]);
    expect(settled(claims, { preset: { other: ['A'] }, own: {} })).toEqual([['B'], ['C'], ['A']]);
    expect(settled(claims, { preset: { other: ['A'] }, own: { wish: ['A'] } })).toEqual([['A'], ['C'], []]);
    expect(settleKeys(claims, { preset: {}, own: { other: ['C'] } })[1]).toEqual({
      keyTexts: ['A'],
      refusedBy: 'OTHER',
    });
  });

  it('takes all keys from a command by an empty list, and leaves other scopes alone', () => {
    const claims = [claim('a', ['A']), claim('b', ['B'], { scope: 'tool' })];
    expect(settled(claims, { preset: {}, own: { a: [] } })).toEqual([[], ['B']]);
    expect(settled(claims, { preset: {}, own: { a: ['B'] } })).toEqual([['B'], ['B']]);
  });

  it('lets the first of two wishes have a key', () => {
    const wish = { isSuggestion: true };
    expect(settled([claim('a', ['A'], wish), claim('b', ['A'], wish)])).toEqual([['A'], []]);
  });

  it('lets modes share a key that they wish for, but not with what can always be used nor with what somebody has chosen', () => {
    const mode = { isSuggestion: true, when: () => false };
    const claims = [
      claim('screen', ['A'], mode),
      claim('verify', ['A'], mode),
      claim('cut', ['A'], { when: () => true }),
    ];
    expect(settled(claims)).toEqual([['A'], ['A'], ['A']]);
    expect(settled([...claims, claim('always', ['A'])])).toEqual([['A'], ['A'], ['A'], ['A']]);
    expect(settled([claim('always', ['A']), ...claims])).toEqual([['A'], [], [], ['A']]);
    expect(settled(claims, { preset: {}, own: { verify: ['A'] } })).toEqual([[], ['A'], []]);
  });

  it('names who has a key, and whether both could keep it', () => {
    const entries = [
      { ...claim('a', []), keyTexts: ['A'] },
      { ...claim('t', []), scope: 'tool' as const, keyTexts: ['A'] },
      { ...claim('b', []), keyTexts: ['B'] },
    ];
    expect(conflictsOf(entries, 'b', 'A')).toMatchObject([
      { id: 'a', isSameScope: true },
      { id: 't', isSameScope: false },
    ]);
    expect(conflictsOf(entries, 'a', 'A')).toMatchObject([{ id: 't' }]);
    expect(conflictsOf(entries, 'b', 'Z')).toEqual([]);
  });
});

describe('presets', () => {
  const commands = viewerCatalogue((key) => key);
  const globals = ['palette', 'shortcuts', 'keys', 'projects', 'account'].map((name) => `global:${name}`);

  it('know the commands of the viewer', () => {
    expect(commands.length).toBeGreaterThan(60);
    expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length);
  });

  it.each(KEY_PRESETS)('give no key of a scope to two commands, and none that cannot be pressed: %s', (preset) => {
    const keys = settleKeys(commands, { preset: KEY_PRESET_BINDINGS[preset], own: {} });
    const places = commands.flatMap(({ id, scope }, index) =>
      (keys[index]?.keyTexts ?? []).map((key) => ({ place: `${scope} ${key}`, id, key })),
    );
    const twice = places.filter(({ place, id }) => places.some((other) => other.place === place && other.id !== id));
    expect(twice).toEqual([]);
    // Escape lets go; it is ours to give
    expect(places.filter(({ key }) => key !== 'Escape' && refusalOf(key) !== undefined)).toEqual([]);
  });

  it.each(KEY_PRESETS)('name only commands that are there, and each key once in a scope: %s', (preset) => {
    const known = new Map(commands.map((command) => [command.id, command.scope]));
    const wanted = Object.keys(KEY_PRESET_BINDINGS[preset]);
    expect(wanted.filter((id) => !known.has(id) && !globals.includes(id))).toEqual([]);
    const places = Object.entries(KEY_PRESET_BINDINGS[preset]).flatMap(([id, keys]) =>
      keys.map((key) => `${known.get(id) ?? 'global'} ${key}`),
    );
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });
});

describe('keys that plugins wish for', () => {
  const folder = join(process.cwd(), 'plugins');
  const plugins = readdirSync(folder).flatMap((name) => {
    const { exactPlugin } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as {
      exactPlugin: { contributes?: { commands?: { id: string; title: string; keys?: string; when?: string }[] } };
    };
    const wishes = (exactPlugin.contributes?.commands ?? []).filter(({ keys }) => keys !== undefined);
    return wishes.length > 0 ? [{ name, wishes }] : [];
  });
  const viewer = viewerCatalogue((key) => key);

  it.each(plugins)('can be pressed, and in its own mode each does one thing: $name', ({ wishes }) => {
    const claims = wishes.map(({ id, title, keys, when }) =>
      claim(id, keys === undefined ? [] : [keys], {
        ...{ title, scope: when ? 'mode' : 'viewer', isSuggestion: true },
        ...(when === undefined ? {} : { when }),
      }),
    );
    const places = wishes.map(({ keys, when }) => `${when} ${keys}`);
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
    const all = [...viewer, ...claims];
    const settledKeys = settleKeys(all, NO_CHOICES).slice(viewer.length);
    expect(claims.filter((_, i) => settledKeys[i]?.keyTexts.length === 0).map(({ id }) => id)).toEqual([]);
    expect(settledKeys.flatMap(({ keyTexts }) => keyTexts).filter((key) => refusalOf(key) !== undefined)).toEqual([]);
  });

  it('are all there in their modes with all plugins at once', () => {
    const modes = plugins.flatMap(({ wishes }) => wishes).filter(({ when }) => when !== undefined);
    const claims = modes.map(({ id, keys = '', when }) =>
      claim(id, [keys], { scope: 'mode', isSuggestion: true, when }),
    );
    const settledKeys = settleKeys([...viewer, ...claims], NO_CHOICES).slice(viewer.length);
    expect(claims.filter((_, i) => settledKeys[i]?.keyTexts.length === 0).map(({ id }) => id)).toEqual([]);
  });
});
