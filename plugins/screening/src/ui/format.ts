const language = document.documentElement.lang || 'en';
const number = new Intl.NumberFormat(language);
const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

export const whole = (value: number): string => number.format(Math.round(value));
const brief = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });

/** For tables. */
export const shortTime = (at: string): string => brief.format(new Date(at));
export const dateTime = (at: string): string => moment.format(new Date(at));

/** A share 0…1; never 100 % of what is not complete, never 0 % of what was begun. */
export function percent(share: number): string {
  const shown = share < 1 ? Math.min(share, 0.999) : 1;
  return percents.format(shown > 0 ? Math.max(shown, 0.001) : 0);
}

/** Three digits that mean something. */
const digits = (value: number): string =>
  value >= 1000 ? whole(value) : new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value);

/** A length of level-0 pixels in the unit that fits, in px where nobody knows how large they are. */
export function lengthText(px: number, mpp: number | null | undefined): string {
  if (mpp === undefined || mpp === null) return `${whole(px)} px`;
  const um = px * mpp;
  return um >= 1000 ? `${digits(um / 1000)} mm` : `${digits(um)} µm`;
}

/** Width and height, with the unit once where both have the same. */
export function sizeText(
  { width, height }: { readonly width: number; readonly height: number },
  mppX: number | null | undefined,
  mppY: number | null | undefined,
): string {
  const [across, down] = [lengthText(width, mppX), lengthText(height, mppY)];
  const [value, unit] = across.split(' ');
  return down.endsWith(` ${unit}`) ? `${value} × ${down}` : `${across} × ${down}`;
}

/** An area: mm² where the image has a scale, else megapixels. */
export function areaText(px: number | null, mm2: number | null): string {
  if (mm2 !== null) return `${digits(mm2)} mm²`;
  return px === null ? '–' : `${digits(px / 1e6)} Mpx`;
}

/** Time as `m:ss` or `h:mm:ss`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
