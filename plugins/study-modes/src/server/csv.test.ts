import { expect, it } from 'vitest';
import type { CaseRecord } from '../shared/contract.ts';
import { casesToCsv } from './csv.ts';

const record: CaseRecord = {
  phaseId: 'blind',
  taskId: 'cells',
  readerId: 3,
  imageId: 7,
  imageName: '@slide, "left"',
  arm: 'unaided',
  place: 2,
  version: 1,
  shownAt: '2030-01-01T10:00:00.000Z',
  activeMs: 61_250,
  outcome: null,
  finishedAt: null,
  reopened: 0,
};

it('writes a case as one row, seconds of active time, and texts that no spreadsheet takes for a formula', () => {
  const names = { title: '=1+1', username: (id: number) => `reader-${id}`, sha256: () => 'abc' };
  expect(casesToCsv([record], names).split('\r\n')).toEqual([
    'study,version,document_sha256,phase,task,reader,arm,place,image,outcome,shown_at,finished_at,active_s,reopened',
    `'=1+1,1,abc,blind,cells,reader-3,unaided,2,"'@slide, ""left""",,2030-01-01T10:00:00.000Z,,61.3,0`,
    '',
  ]);
});
