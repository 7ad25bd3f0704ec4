import { describe, expect, it } from 'vitest';
import { fuzzyScore } from './fuzzy.ts';
import { findCommands } from './palette.ts';
import type { RegisteredShortcut } from './shortcut-registry.ts';

const command = (id: string, title: string, more: Partial<RegisteredShortcut> = {}): RegisteredShortcut => ({
  id,
  title,
  scope: 'viewer',
  keyTexts: [],
  run: () => id,
  ...more,
});
const WORDS = { notNow: 'not now', group: () => 'View' };
const titles = (search: string, entries: readonly RegisteredShortcut[], recent: string[] = []): string[] =>
  findCommands(entries, search, recent, WORDS).map((item) => item.title);

describe('fuzzy search', () => {
  it('finds words in any order, starts of words, initials and letters in order, in that order of worth', () => {
    expect(fuzzyScore('Select all in view', 'view sel')).toBeGreaterThan(0);
    expect(fuzzyScore('Select all in view', 'saiv')).toBeGreaterThan(0);
    expect(fuzzyScore('Select all in view', 'slct')).toBeGreaterThan(0);
    expect(fuzzyScore('Select all in view', 'xyz')).toBeUndefined();
    const scores = ['Fit', 'Fitting', 'Best fit', 'Outfit'].map((text) => fuzzyScore(text, 'fit') ?? 0);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });
});

describe('palette', () => {
  const entries = [
    command('v:a', 'Zoom in'),
    command('v:b', 'Zoom out'),
    command('v:off', 'Accept', { when: () => false, needs: 'Select something first' }),
    command('v:held', 'Move while held', { release: () => {} }),
    command('v:b2', 'Zoom out'),
    command('v:spare', 'Zoom a third way', { isSpare: true }),
  ];

  it('shows what was used last first, what cannot be done last and with the reason, and nothing that must be held', () => {
    expect(titles('', entries, ['v:b'])).toEqual(['Zoom out', 'Zoom in', 'Accept']);
    expect(findCommands(entries, 'accept', [], WORDS)).toMatchObject([{ refusal: 'Select something first' }]);
  });

  it('prefers the better fit to the one used last', () => {
    expect(titles('zoom i', entries, ['v:b'])[0]).toBe('Zoom in');
    expect(titles('nothing like it', entries)).toEqual([]);
  });
});
