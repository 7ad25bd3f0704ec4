import type { CaseRecord } from '../shared/contract.ts';

/** What a table of case records needs besides. */
export interface CsvNames {
  readonly title: string;
  username(userId: number): string;
  sha256(version: number): string;
}

const HEADS = [
  'study',
  'version',
  'document_sha256',
  'phase',
  'task',
  'reader',
  'arm',
  'place',
  'image',
  'outcome',
  'shown_at',
  'finished_at',
  'active_s',
  'reopened',
];

/** Case records as RFC 4180 rows, one case a row; times are UTC, active time is in seconds without idle time. */
export function casesToCsv(records: readonly CaseRecord[], names: CsvNames): string {
  const rows = records.map((row) => [
    names.title,
    row.version,
    names.sha256(row.version),
    row.phaseId,
    row.taskId,
    names.username(row.readerId),
    row.arm,
    row.place,
    row.imageName,
    row.outcome ?? '',
    row.shownAt,
    row.finishedAt ?? '',
    (row.activeMs / 1000).toFixed(1),
    row.reopened,
  ]);
  return [HEADS, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Spreadsheets take texts that begin like a formula for one: an apostrophe in front makes them text (OWASP, CSV injection). */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
