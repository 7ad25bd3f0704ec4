const language = document.documentElement.lang || 'en';
export const decimal = new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
export const whole = new Intl.NumberFormat(language);

/** Background for a share, from nothing at 0 to the accent at 1, with a text that can be read on it. */
export function shade(value: number | undefined): Readonly<Record<string, string>> {
  if (value === undefined) return { background: 'var(--ex-sunken)', color: 'var(--ex-foreground)' };
  const share = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return {
    background: `color-mix(in oklab, var(--ex-accent) ${share}%, var(--ex-sunken))`,
    color: share > 55 ? 'var(--ex-on-accent)' : 'var(--ex-foreground)',
  };
}
