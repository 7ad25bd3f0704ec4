import type { Coverage, FieldRow, Report } from '../shared/model.ts';

type Cell = string | number | boolean | null;

/** The report as one row a reader, and one for all together (RFC 4180). Areas in level-0 pixels and mm²; what is unknown stays empty. */
export function reportCsv(report: Report, nameOf: (readerId: number) => string): string {
  const numbers = (coverage: Coverage): Cell[] => [
    ...[coverage.seen + coverage.revisited, coverage.revisited, coverage.partial, coverage.unseen],
    ...[coverage.seenArea, coverage.seenAreaMm2, coverage.tissueSeen, coverage.tissueMissed],
    ...[coverage.tissueSkipped, coverage.tissueShare],
  ];
  const { plan, together, readers } = report;
  const place: Cell[] = [plan.id, plan.name, plan.imageId, plan.fields, plan.toSee];
  return toCsv([
    [
      ...['plan', 'plan_name', 'image_id', 'fields', 'fields_to_see', 'reader_id', 'reader'],
      ...['fields_seen', 'fields_revisited', 'fields_partial', 'fields_unseen'],
      ...['seen_area_px', 'seen_area_mm2', 'tissue_seen_px', 'tissue_missed_px', 'tissue_in_skipped_fields_px'],
      ...['tissue_seen_share', 'visits', 'active_ms', 'first_at', 'last_at', 'assigned_fields', 'assigned_seen'],
    ],
    ...readers.map((reader): Cell[] => [
      ...[...place, reader.readerId, nameOf(reader.readerId), ...numbers(reader), reader.visits, reader.activeMs],
      ...[reader.firstAt, reader.lastAt, reader.assigned?.fields ?? null, reader.assigned?.seen ?? null],
    ]),
    [...place, null, 'together', ...numbers(together), null, null, null, null, null, null],
  ]);
}

/** One row a field, with a column for each class that occurs. */
export function fieldsCsv(rows: readonly FieldRow[], nameOf: (templateId: number) => string): string {
  const templates = [...new Set(rows.flatMap((row) => row.annotations.map(({ templateId }) => templateId)))].sort(
    (a, b) => a - b,
  );
  return toCsv([
    [
      ...['field', 'column', 'row', 'skipped', 'tissue_share', 'state', 'visits', 'dwell_ms', 'first_at', 'last_at'],
      ...templates.map((id) => `${nameOf(id)} (${id})`),
    ],
    ...rows.map((row): Cell[] => [
      ...[row.field, row.column, row.row, row.skipped, row.tissueShare, row.state, row.visits, row.dwellMs],
      ...[row.firstAt, row.lastAt],
      ...templates.map((id) => row.annotations.find(({ templateId }) => templateId === id)?.count ?? 0),
    ]),
  ]);
}

const toCsv = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(toCell).join(',')}\r\n`).join('');

function toCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // spreadsheets take text that begins so for a formula
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
