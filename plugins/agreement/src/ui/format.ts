const language = document.documentElement.lang || 'en';
export const decimal = new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
export const whole = new Intl.NumberFormat(language);

/** More of the accent leaves too little contrast to the text, in the light and in the dark theme. */
const MOST = 42;

/** Background for a share, from nothing at 0 to a good part of the accent at 1, on which the text can be read. */
export function shade(value: number | undefined): Readonly<Record<string, string>> {
  const share = Math.round(Math.min(1, Math.max(0, value ?? 0)) * MOST);
  return {
    background: `color-mix(in oklab, var(--ex-accent) ${share}%, var(--ex-sunken))`,
    color: 'var(--ex-foreground)',
  };
}
