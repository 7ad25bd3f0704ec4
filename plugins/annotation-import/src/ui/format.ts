const language = document.documentElement.lang || 'en';
export const whole = new Intl.NumberFormat(language);
export const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** A size for people: kB below a megabyte. */
export const size = (bytes: number): string =>
  bytes < 1e6 ? `${whole.format(Math.max(1, Math.round(bytes / 1000)))} kB` : `${megabytes.format(bytes / 1e6)} MB`;
