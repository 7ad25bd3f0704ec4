import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALL_SCORES } from './registry.ts';

describe.each(ALL_SCORES.map((score) => [score.id, score] as const))('%s', (_, score) => {
  it('tells its rule, version and sources', () => {
    expect(score.id).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(score.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(score.rule.length).toBeGreaterThan(40);
    expect(score.sources.length).toBeGreaterThan(0);
    expect(score.vectors.length).toBeGreaterThan(0);
  });

  it.each(score.vectors.map((vector, index) => [vector.note ?? `${index}: ${shorten(vector.input)}`, vector] as const))(
    'gives what its vector states: %s',
    (_, { input, result, decimals = 9 }) => {
      const computed = score.compute(input);
      expect(findDifferences(result, computed, decimals)).toEqual([]);
      expect(findNotNumbers(computed)).toEqual([]);
    },
  );
});

it('stand in the page of rules as they are (else run scripts/docs.mjs)', () => {
  const page = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');
  const versions = new Map(
    [...page.matchAll(/^\| `([\w-]+)` +\| ([\d.]+) +\|/gm)].map(([, id = '', version = '']) => [id, version]),
  );
  const missing = ALL_SCORES.filter(({ id, version, rule }) => versions.get(id) !== version || !page.includes(rule));
  expect(missing.map(({ id }) => id)).toEqual([]);
});

it('have ids of their own', () => {
  expect(new Set(ALL_SCORES.map(({ id }) => id)).size).toBe(ALL_SCORES.length);
});

const shorten = (input: unknown): string => JSON.stringify(input).slice(0, 80);

/** What is stated and not there, as `path: stated, computed`. Numbers may differ by half of the last stated decimal. */
function findDifferences(stated: unknown, computed: unknown, decimals: number, path = 'result'): string[] {
  if (typeof stated === 'number' && typeof computed === 'number')
    return Math.abs(stated - computed) <= 0.5 * 10 ** -decimals + 1e-12 ? [] : [`${path}: ${stated}, ${computed}`];
  if (typeof stated !== 'object' || stated === null || typeof computed !== 'object' || computed === null)
    return Object.is(stated, computed) ? [] : [`${path}: ${String(stated)}, ${String(computed)}`];
  if (Array.isArray(stated) && Array.isArray(computed) && stated.length !== computed.length)
    return [`${path}: ${stated.length} elements, ${computed.length}`];
  const there = computed as Record<string, unknown>;
  return Object.entries(stated).flatMap(([key, value]) =>
    findDifferences(value, there[key], decimals, `${path}.${key}`),
  );
}

function findNotNumbers(value: unknown, path = 'result'): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => findNotNumbers(part, `${path}.${key}`));
}
