import type { Comparison, Estimate } from '../shared/comparison.ts';

/** The numbers of a comparison as rows of `table, a, b, template, measure, value, low, high, units`, one number a row (RFC 4180). */
export function toCsv({ result }: Pick<Comparison, 'result'>): string {
  const rows: (string | number | undefined)[][] = [
    ['table', 'reader_a', 'reader_b', 'template_a', 'template_b', 'measure', 'value', 'low', 'high', 'units'],
  ];
  const plain = (
    table: string,
    place: (number | undefined)[],
    measure: string,
    value: number | undefined,
    units?: number,
  ) => rows.push([table, ...place, measure, value, undefined, undefined, units]);
  const estimated = (
    table: string,
    place: (number | undefined)[],
    measure: string,
    { value, interval, units, reason }: Estimate,
  ) =>
    rows.push([table, ...place, measure, value ?? `undefined (${reason ?? ''})`, interval?.low, interval?.high, units]);
  const nowhere = [undefined, undefined, undefined, undefined];
  if (result) {
    estimated('all', nowhere, 'krippendorff_labels', result.labels);
    estimated('all', nowhere, 'krippendorff_presence', result.presence);
    estimated('all', nowhere, 'fleiss_presence', result.fleiss);
    estimated('all', nowhere, 'krippendorff_image_labels', result.imageLabels);
    for (const { reader, count } of result.objects)
      plain('reader', [reader, undefined, undefined, undefined], 'objects', count);
    for (const { templateId, count, same, f1 } of result.byTemplate) {
      plain('template', [undefined, undefined, templateId, templateId], 'f1', f1, count);
      plain('template', [undefined, undefined, templateId, templateId], 'same', same);
    }
    for (const pair of result.pairs) {
      const place = [pair.a, pair.b, undefined, undefined];
      plain('pair', place, 'both', pair.both);
      plain('pair', place, 'only_a', pair.onlyA);
      plain('pair', place, 'only_b', pair.onlyB);
      plain('pair', place, 'f1', pair.f1);
      plain('pair', place, 'mean_score', pair.meanScore);
      estimated('pair', place, 'cohen_labels', pair.labels);
      pair.confusion.forEach((row, i) =>
        row.forEach((count, j) => {
          if (count > 0)
            plain('confusion', [pair.a, pair.b, result.templates[i] ?? 0, result.templates[j] ?? 0], 'count', count);
        }),
      );
    }
  }
  return rows.map((row) => row.map((cell) => cell ?? '').join(',')).join('\r\n') + '\r\n';
}
