/** Numbers as people read them; never NaN or Infinity, which become a dash. */
const language = document.documentElement.lang || 'en';
const NOTHING = '–';
const rounded = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits });
const formats = [0, 1, 2, 3].map(rounded);

export const whole = new Intl.NumberFormat(language);

/** A number with about three digits that count. */
function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return (formats[digits] ?? whole).format(value);
}

const pad = (value: number): string => String(value).padStart(2, '0');

/**
 * A place in a recording: `1:02:03`, `4:05.2`.
 *
 * @param digits - of the second (0…3)
 */
export function clock(seconds: number, digits = 1): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  const scale = 10 ** digits;
  const total = Math.round(Math.max(0, seconds) * scale);
  const rest = total % (60 * scale);
  const minutes = Math.floor(total / scale / 60);
  const tail = `${pad(Math.floor(rest / scale))}${digits > 0 ? `.${String(rest % scale).padStart(digits, '0')}` : ''}`;
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${tail}`;
}

/** Digits of the second that tell places apart where `spanS` seconds are on the screen. */
export const digitsFor = (spanS: number): number => (spanS > 120 ? 0 : spanS > 12 ? 1 : spanS > 1.2 ? 2 : 3);

/** A length of time: `83 ms`, `2.4 s`, `12 min 5 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return NOTHING;
  if (seconds < 1) return `${short(seconds * 1000)} ms`;
  if (seconds < 60) return `${short(seconds)} s`;
  const total = Math.round(seconds);
  if (total < 3600) return `${Math.floor(total / 60)} min${total % 60 > 0 ? ` ${total % 60} s` : ''}`;
  const minutes = Math.round(total / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ''}`;
}

/** A frequency: `950 Hz`, `12.5 kHz`. */
export function frequency(hz: number): string {
  if (!Number.isFinite(hz)) return NOTHING;
  return Math.abs(hz) < 1000 ? `${short(hz)} Hz` : `${short(hz / 1000)} kHz`;
}

export function decibels(db: number): string {
  return Number.isFinite(db) ? `${(formats[1] ?? whole).format(db)} dB` : NOTHING;
}

const megabytes = rounded(1);
export const size = (bytes: number): string =>
  bytes < 1e6 ? `${whole.format(Math.max(1, Math.round(bytes / 1000)))} kB` : `${megabytes.format(bytes / 1e6)} MB`;
