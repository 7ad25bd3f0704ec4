import { afterEach, describe, expect, it } from 'vitest';
import { dayOfInstant, instantOf, isWholeDay } from './days.ts';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati'])('days in %s', (name) => {
  it.each(['2026-11-27', '2026-03-29', '2026-10-25', '2024-02-29', '1900-01-01', '2026-12-31'])(
    'are entered and shown the same: %s',
    (day) => {
      process.env['TZ'] = name;
      for (const by of ['start', 'end'] as const) {
        const instant = instantOf(day, by) ?? '';
        expect(dayOfInstant(instant, by)).toBe(day);
        expect(isWholeDay(instant, by)).toBe(true);
      }
      expect((instantOf(day, 'start') ?? '') < (instantOf(day, 'end') ?? '')).toBe(true);
    },
  );
});

describe('a day', () => {
  it('is as long as it was, also when clocks are changed', () => {
    process.env['TZ'] = 'Europe/Berlin';
    expect(instantOf('2026-03-29', 'start')).toBe('2026-03-28T23:00:00.000Z');
    expect(instantOf('2026-03-29', 'end')).toBe('2026-03-29T22:00:00.000Z');
  });
  it('of another time zone does not say all', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const instant = instantOf('2026-11-27', 'start') ?? '';
    process.env['TZ'] = 'America/St_Johns';
    expect([dayOfInstant(instant, 'start'), isWholeDay(instant, 'start')]).toEqual(['2026-11-26', false]);
  });
  it.each(['', '2026-02-30', '1899-12-31', '27.11.2026', '10000-01-01', '9999-12-31'])('is none: “%s”', (day) => {
    process.env['TZ'] = 'UTC';
    expect(instantOf(day, 'end')).toBeUndefined();
  });
});
