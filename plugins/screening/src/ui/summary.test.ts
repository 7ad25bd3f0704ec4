import { expect, it } from 'vitest';
import type { Plan, Report } from '../shared/model.ts';
import { reportTable, sumByReader, toCsv } from './summary.ts';

const reader = (readerId: number, more: Partial<Report['readers'][number]> = {}): Report['readers'][number] => ({
  ...{ readerId, unseen: 1, partial: 1, seen: 6, revisited: 2, seenArea: 100, seenAreaMm2: 1.5, tissueSeen: 80 },
  ...{ tissueMissed: 20, tissueSkipped: 5, tissueShare: 0.8, visits: 12, activeMs: 61_040, assigned: null },
  ...{ firstAt: '2026-01-01T10:00:00.000Z', lastAt: '2026-01-01T10:02:00.000Z' },
  ...more,
});
const report = (
  imageId: number,
  name: string,
  readers: Report['readers'],
  tissueArea: number | null = 100,
): Report => ({
  plan: { imageId, name, id: `plan-${imageId}`, toSee: 10, supersededBy: null } as unknown as Plan,
  ...{ at: '', regionArea: 200, regionAreaMm2: 3, tissueArea, tissueAreaMm2: 1 },
  together: reader(0),
  readers,
});

it('adds up plans by reader, with the fields that were given to them where fields were shared out', () => {
  const sums = sumByReader([
    report(1, 'a', [reader(7), reader(3, { assigned: { fields: 5, seen: 4 } })]),
    report(2, 'b', [reader(7, { seen: 0, revisited: 0 })]),
  ]);
  expect(sums.map(({ readerId, plans, fields, seen, activeMs }) => [readerId, plans, fields, seen, activeMs])).toEqual([
    [3, 1, 5, 4, 61_040],
    [7, 2, 20, 8, 122_080],
  ]);
  expect(sums[1]).toMatchObject({ seenAreaMm2: 3, tissueSeen: 160, tissueArea: 200 });
});

it('adds areas and tissue of those plans that have a scale and a mask, and tells how many these are', () => {
  const sums = sumByReader([
    report(1, 'a', [reader(7)]),
    report(2, 'b', [reader(7, { tissueSeen: null, seenAreaMm2: null })], null),
  ]);
  expect(sums[0]).toMatchObject({ plans: 2, seenAreaMm2: 1.5, plansWithScale: 1, plansWithMask: 1 });
  expect(sums[0]).toMatchObject({ tissueSeen: 80, tissueArea: 100 });
  expect(sumByReader([])).toEqual([]);
});

it('writes a table in which names break nothing and are no formulas', () => {
  const rows = reportTable(
    [report(1, '=HYPERLINK("x")', [reader(7)])],
    () => 'a,b',
    () => 'Anna "A"',
  );
  expect(toCsv(rows).split('\r\n')[1]).toBe(
    `"a,b","'=HYPERLINK(""x"")",no,"Anna ""A""",10,8,1,1.5,0.8,20,5,12,61,2026-01-01T10:00:00.000Z,2026-01-01T10:02:00.000Z`,
  );
  expect(toCsv([[null, -3, '-3']])).toBe(`,-3,'-3\r\n`);
});
