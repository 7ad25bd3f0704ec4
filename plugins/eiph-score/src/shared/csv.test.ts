import { ths } from '@exact/scores';
import { describe, expect, it } from 'vitest';
import type { ScoreTable } from './contract.ts';
import { toCsv } from './csv.ts';

const table = (name: string): ScoreTable => ({
  basis: { score: 'ths@1.0.0', inclusion: 'centre', verified: 'notRejected', minimumCells: 100, seed: 1, grades: [] },
  all: ths.compute({ counts: [60, 25, 10, 4, 1] }),
  images: [{ imageId: 3, imageSetId: 2, name, score: ths.compute({ counts: [0, 0, 0, 0, 0] }) }],
  imageSets: [{ imageSetId: 2, name: 'A, B', score: ths.compute({ counts: [0, 0, 1, 0, 0] }) }],
  readers: [{ authorId: 7, score: ths.compute({ counts: [0, 0, 0, 0, 40] }) }],
  imageReaders: [],
  notCounted: [],
});

describe('scores as CSV', () => {
  it('have one score a line, with what it rests on', () => {
    const [, all] = toCsv(table('x')).split('\r\n');
    expect(all).toBe(
      'all,,,,,60,25,10,4,1,100,61.00,8.98,43.40,78.60,normal,grey,no,straddles-cut-off,ths@1.0.0,1,100,notRejected',
    );
  });

  it('leave what does not exist empty and give the reason: no NaN, no 0', () => {
    const lines = toCsv(table('x')).split('\r\n');
    expect(lines[3]).toBe('image,"A, B",x,,,0,0,0,0,0,0,,,,,,,,not available: no-cells,ths@1.0.0,1,100,notRejected');
    expect(lines[2]).toBe(
      'image_set,"A, B",,,,0,0,1,0,0,1,200.00,,,,,above,yes,few-cells one-cell,ths@1.0.0,1,100,notRejected',
    );
  });

  it('name readers where names are known, and disarm formulas', () => {
    const csv = toCsv(table('=1+1'), (id) => `@${id}"`);
    expect(csv).toContain(`image,"A, B",'=1+1,`);
    expect(csv).toContain(`reader,,,"'@7""",`);
    expect(
      csv.split('\r\n').every((line) => line === '' || line.startsWith('table') || /100,notRejected$/.test(line)),
    ).toBe(true);
  });
});
