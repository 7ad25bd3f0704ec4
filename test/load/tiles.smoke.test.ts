import { describe, expect, it } from 'vitest';
import { hasProgram } from './processes.ts';
import { measureTiles } from './tiles/measure.ts';
import { goalsOf, report } from './tiles/report.ts';

// Not how fast: only that the measurement runs, looks at the answers and tells what it left out.
describe('the measurement of tiles', () => {
  it.skipIf(!hasProgram('wrk'))('runs on a small slide, over all servers that are installed', async () => {
    const result = await measureTiles({ sidePx: 3000, slices: 1, uploads: 1, isTrial: true });
    expect(result.slide.tiles).toBe(12 * 12 + 6 * 6 + 3 * 3 + 2 * 2 + 1);
    const there = result.series.filter(({ connections }) => connections === 8).map(({ id }) => id);
    expect([...there, ...result.leftOut.map(({ id }) => id)].toSorted()).toEqual([
      'constant',
      'iipsrv',
      'nginx',
      'ours',
      'transcode',
    ]);
    for (const { slices } of result.series) expect(slices[0]?.requests).toBeGreaterThan(0);
    expect(goalsOf(result).map(({ id }) => id)).toEqual(['T2', 'T4', 'T5', 'T6', 'I2']);
    expect(report(result)).toContain('| Exact: session, rights, ETag | 8 | 1 |');
  });
});
