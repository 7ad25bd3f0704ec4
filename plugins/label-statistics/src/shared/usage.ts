/** A template with what is counted of it. */
export interface UsageRow {
  readonly templateId: number;
  readonly name: string;
  readonly product: string;
  /** `#rrggbb`; absent for a template that is no longer in the project's products. */
  readonly colour?: string;
  readonly count: number;
  /** Part of all annotations counted, 0…1; 0 when there is none. */
  readonly share: number;
  /** Part of the largest count, 0…1: the length of the bar. */
  readonly bar: number;
}

export interface NamedTemplate {
  readonly id: number;
  readonly name: string;
  readonly product: string;
  readonly colour: string;
}

/**
 * Puts counts and templates together.
 *
 * @param showZero - lists templates without annotations, too
 * @returns rows, most used first, then by name; templates that are counted but no longer known keep a row with their id
 */
export function usageRows(
  templates: readonly NamedTemplate[],
  counts: ReadonlyMap<number, number>,
  showZero: boolean,
): readonly UsageRow[] {
  const known = new Set(templates.map(({ id }) => id));
  const gone = [...counts.keys()].filter((id) => !known.has(id)).map((id) => ({ id, name: `#${id}`, product: '' }));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...counts.values());
  return [...templates, ...gone]
    .map((template): UsageRow => {
      const count = counts.get(template.id) ?? 0;
      const { id, name, product } = template;
      const colour = 'colour' in template ? { colour: template.colour } : {};
      return {
        templateId: id,
        name,
        product,
        ...colour,
        count,
        share: total === 0 ? 0 : count / total,
        bar: count / most,
      };
    })
    .filter(({ count }) => showZero || count > 0)
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name) || a.templateId - b.templateId);
}

/**
 * Rows as CSV (RFC 4180: commas, CRLF, quotes doubled). Texts that a spreadsheet would take for a formula get an apostrophe in
 * front: names of templates are written by people, and the file is opened by others.
 *
 * @see OWASP, "CSV Injection"
 */
export function usageCsv(
  rows: readonly UsageRow[],
  heads: readonly [product: string, template: string, count: string, share: string],
): string {
  const lines = rows.map(({ product, name, count, share }) => [product, name, String(count), share.toFixed(4)]);
  return [heads, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
