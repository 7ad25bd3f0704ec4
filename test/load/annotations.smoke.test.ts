import { expect, it } from 'vitest';
import { measureAnnotations } from './annotations/measure.ts';
import { goalsOf, report } from './annotations/report.ts';

// Not how fast: only that the measurement runs, looks at the answers and judges each goal.
it('measures annotations on a small slide', { timeout: 120_000 }, async () => {
  const result = await measureAnnotations({ count: 3000, rounds: 1 });
  expect(result.large).toMatchObject({ created: 3000 });
  expect(result.views.map(({ id, pairs }) => [id, pairs.length])).toEqual([
    ['R1', 1],
    ['R2', 1],
  ]);
  expect(goalsOf(result).map(({ id, verdict }) => [id, verdict !== 'left out'])).toEqual(
    ['R1', 'R2', 'V1', 'V1', 'V1', 'R4', 'R5', 'R5', 'R6', 'R7', 'W1', 'W2', 'W3', 'W4', 'edit'].map((id) => [
      id,
      true,
    ]),
  );
  expect(report(result)).toContain('Import of all 3000');
});

it('measures single goals', { timeout: 120_000 }, async () => {
  const result = await measureAnnotations({ count: 500, rounds: 1, only: ['R5'] });
  const measured = goalsOf(result).filter(({ verdict }) => verdict !== 'left out');
  expect(measured.map(({ id }) => id)).toEqual(['R5', 'R5']);
  expect(report(result)).toContain('R5: gzipped');
});
