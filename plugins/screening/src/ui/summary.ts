import type { Report } from '../shared/model.ts';

/** What one reader has done in several plans. Areas are level-0 pixels or mm², of those plans that have a mask, or a scale. */
export interface ReaderSum {
  readonly readerId: number;
  readonly plans: number;
  /** Fields to look at: those that were given to the reader, else all that are not skipped. */
  readonly fields: number;
  readonly seen: number;
  readonly partial: number;
  readonly seenAreaMm2: number;
  readonly plansWithScale: number;
  readonly tissueSeen: number;
  readonly tissueArea: number;
  readonly plansWithMask: number;
  readonly visits: number;
  readonly activeMs: number;
}

/** Adds up reports by reader. Fields of different plans are different fields, also where they lie on the same image. */
export function sumByReader(reports: readonly Report[]): ReaderSum[] {
  const sums = new Map<number, ReaderSum>();
  for (const { plan, tissueArea, readers } of reports)
    for (const reader of readers) {
      const before = sums.get(reader.readerId) ?? nothing(reader.readerId);
      sums.set(reader.readerId, {
        readerId: reader.readerId,
        plans: before.plans + 1,
        fields: before.fields + (reader.assigned?.fields ?? plan.toSee),
        seen: before.seen + (reader.assigned?.seen ?? reader.seen + reader.revisited),
        partial: before.partial + reader.partial,
        seenAreaMm2: before.seenAreaMm2 + (reader.seenAreaMm2 ?? 0),
        plansWithScale: before.plansWithScale + Number(reader.seenAreaMm2 !== null),
        tissueSeen: before.tissueSeen + (reader.tissueSeen ?? 0),
        tissueArea: before.tissueArea + (tissueArea ?? 0),
        plansWithMask: before.plansWithMask + Number(tissueArea !== null),
        visits: before.visits + reader.visits,
        activeMs: before.activeMs + reader.activeMs,
      });
    }
  return [...sums.values()].sort((a, b) => a.readerId - b.readerId);
}

const nothing = (readerId: number): ReaderSum => ({
  ...{ readerId, plans: 0, fields: 0, seen: 0, partial: 0, visits: 0, activeMs: 0 },
  ...{ seenAreaMm2: 0, plansWithScale: 0, tissueSeen: 0, tissueArea: 0, plansWithMask: 0 },
});

/** A line of several reports as a table: plan by plan, reader by reader. */
export function reportTable(
  reports: readonly Report[],
  imageName: (imageId: number) => string,
  readerName: (readerId: number) => string,
): (string | number | null)[][] {
  return [
    [
      ...['image', 'plan', 'superseded', 'reader', 'fields_to_see', 'fields_seen', 'fields_partial', 'seen_area_mm2'],
      ...['tissue_seen_share', 'tissue_missed_px', 'tissue_skipped_px', 'visits', 'active_s', 'first', 'last'],
    ],
    ...reports.flatMap(({ plan, readers }) =>
      readers.map((reader) => [
        ...[imageName(plan.imageId), plan.name || plan.id, plan.supersededBy === null ? 'no' : 'yes'],
        ...[readerName(reader.readerId), reader.assigned?.fields ?? plan.toSee],
        ...[reader.assigned?.seen ?? reader.seen + reader.revisited, reader.partial, reader.seenAreaMm2],
        ...[reader.tissueShare, reader.tissueMissed, reader.tissueSkipped, reader.visits],
        ...[Math.round(reader.activeMs / 100) / 10, reader.firstAt, reader.lastAt],
      ]),
    ),
  ];
}

/** Comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP). */
export function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string => {
    if (typeof value !== 'string') return value === null ? '' : String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
