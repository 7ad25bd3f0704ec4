/**
 * The moments between which a search looks, from two days as a date field gives them (`2026-03-29`, in the browser's time zone;
 * empty for no limit). Both days are meant whole.
 */
export function momentsOf(
  firstDay: string,
  lastDay: string,
): { readonly createdAfter?: string; readonly createdBefore?: string } {
  const first = startOfDay(firstDay, 0);
  const end = startOfDay(lastDay, 1);
  return {
    // the filter asks for later than, so the first millisecond of the day needs the one before
    ...(first ? { createdAfter: new Date(first.getTime() - 1).toISOString() } : {}),
    ...(end ? { createdBefore: end.toISOString() } : {}),
  };
}

function startOfDay(day: string, plusDays: number): Date | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!match) return undefined;
  // by parts: adding 24 hours would be wrong on the days when clocks change
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + plusDays);
}
