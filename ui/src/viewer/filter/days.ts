/** Days as a person enters them and the instants between which they lie, in the time zone of this browser. */

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
const dayOf = (date: Date): string =>
  `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;

/** Instant at which a day (`2026-11-27`) begins, or the one after it; undefined for what is no day from 1900 to 9999. */
export function instantOf(day: string, by: 'start' | 'end'): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (!year || !month || !date || Number(year) < 1900) return undefined;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + (by === 'end' ? 1 : 0));
  return dayOf(new Date(Number(year), Number(month) - 1, Number(date))) === day && at.getFullYear() < 10_000
    ? at.toISOString()
    : undefined;
}

/** The day that an instant begins or ends. */
export function dayOfInstant(instant: string | undefined, by: 'start' | 'end'): string {
  return instant === undefined ? '' : dayOf(new Date(Date.parse(instant) - (by === 'end' ? 1 : 0)));
}

/** Whether a day says the same: a link from another time zone may begin in the middle of one. */
export const isWholeDay = (instant: string, by: 'start' | 'end'): boolean =>
  instantOf(dayOfInstant(instant, by), by) === instant;
