/** One row of comma-separated values (RFC 4180). Cells that a spreadsheet would take for a formula are made text. */
export const csvRow = (cells: readonly (string | number | undefined)[]): string => cells.map(csvCell).join(',');

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
