import { describe, expect, it } from 'vitest';
import { momentsOf } from './days.ts';

describe('the moments of days', () => {
  it('hold both days whole, in the time zone of the browser', () => {
    const { createdAfter = '', createdBefore = '' } = momentsOf('2026-03-28', '2026-03-29');
    expect(new Date(createdAfter)).toEqual(new Date(new Date(2026, 2, 28).getTime() - 1));
    expect(new Date(createdBefore)).toEqual(new Date(2026, 2, 30));
  });

  it('are open where no day is given', () => {
    expect(momentsOf('', '')).toEqual({});
    expect(Object.keys(momentsOf('2026-01-01', ''))).toEqual(['createdAfter']);
    expect(Object.keys(momentsOf('half a da', '2026-01-01'))).toEqual(['createdBefore']);
  });
});
