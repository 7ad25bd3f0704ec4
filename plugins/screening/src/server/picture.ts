import type { Field, FieldPlan, FieldState } from '@exact/screening';
import type { Report } from '../shared/model.ts';
import { isSeen } from './report.ts';

/** Longer side of the drawn region, in units of the picture. */
const SIDE = 1000;
const MARGIN = 20;
const LINE = 22;

/** Green and amber differ in lightness as well, and partial is hatched: states do not rest on hue alone (WCAG 1.4.1). */
const COLOURS = { seen: '#1f9d57', partial: '#c77700', unseen: '#6b7280', tissue: '#8b3a62', text: '#111827' } as const;

/**
 * Draws a report: the fields by state over the outline of the tissue, with its numbers in words below. SVG without scripts, links or
 * fonts of its own.
 *
 * @param title  - what image it is
 * @param states - by index of the field
 */
export function drawReport(
  report: Report,
  {
    title,
    fields,
    outline,
    states,
  }: {
    readonly title: string;
    readonly fields: FieldPlan;
    readonly outline: readonly (readonly number[])[];
    readonly states: readonly FieldState[];
  },
): string {
  const { minX, minY, maxX, maxY } = fields.region;
  const scale = SIDE / Math.max(maxX - minX, maxY - minY);
  const [width, height] = [(maxX - minX) * scale, (maxY - minY) * scale];
  const x = (value: number): number => round((value - minX) * scale);
  const y = (value: number): number => round((value - minY) * scale);
  const box = (field: Field): string =>
    `M${x(field.minX)} ${y(field.minY)}H${x(field.maxX)}V${y(field.maxY)}H${x(field.minX)}Z`;
  const skipped = new Set(report.plan.skipped);
  const of = (isWanted: (state: FieldState) => boolean): string =>
    fields.fields.flatMap((field) => (isWanted(states[field.index] ?? 'unseen') ? box(field) : [])).join('');
  const missed = fields.fields
    .filter(({ index }) => (states[index] ?? 'unseen') === 'unseen' && !skipped.has(index))
    .map(box)
    .join('');
  const rings = outline
    .map((ring) => {
      const points: string[] = [];
      for (let i = 0; i + 1 < ring.length; i += 2) points.push(`${x(ring[i] ?? 0)} ${y(ring[i + 1] ?? 0)}`);
      return `M${points.join('L')}Z`;
    })
    .join('');
  const lines = describe(report, title);
  const total = { width: Math.max(width, 640) + 2 * MARGIN, height: height + 3 * MARGIN + lines.length * LINE };
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(total.width)} ${round(total.height)}" width="${round(total.width)}" height="${round(total.height)}" role="img" font-family="system-ui, sans-serif" font-size="14">
<title>${escape(lines[0] ?? '')}</title>
<desc>${escape(lines.slice(1).join(' '))}</desc>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="${COLOURS.partial}" fill-opacity="0.25"/><path d="M0 0V6" stroke="${COLOURS.partial}" stroke-width="3"/></pattern><clipPath id="region"><rect width="${round(width)}" height="${round(height)}"/></clipPath></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<g transform="translate(${MARGIN} ${MARGIN})" clip-path="url(#region)">
<rect width="${round(width)}" height="${round(height)}" fill="#f3f4f6"/>
<path d="${rings}" fill="${COLOURS.tissue}" fill-opacity="0.18" fill-rule="evenodd"/>
<path d="${of(isSeen)}" fill="${COLOURS.seen}" fill-opacity="0.45" fill-rule="nonzero"/>
<path d="${of((state) => state === 'partial')}" fill="url(#hatch)" fill-rule="nonzero"/>
<path d="${missed}" fill="none" stroke="${COLOURS.unseen}" stroke-dasharray="4 3"/>
<path d="${rings}" fill="none" stroke="${COLOURS.tissue}" stroke-width="1.5"/>
<rect width="${round(width)}" height="${round(height)}" fill="none" stroke="${COLOURS.text}"/>
</g>
<g fill="${COLOURS.text}">
${lines.map((line, i) => `<text x="${MARGIN}" y="${round(height + 2 * MARGIN + (i + 0.7) * LINE)}"${i === 0 ? ' font-weight="600"' : ''}>${escape(line)}</text>`).join('\n')}
</g>
</svg>
`;
}

function describe({ plan, at, together, tissueArea, regionAreaMm2, readers }: Report, title: string): string[] {
  const seen = together.seen + together.revisited;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const activeMin = readers.reduce((sum, { activeMs }) => sum + activeMs, 0) / 60_000;
  return [
    `Screening of ${title}${plan.name === '' ? '' : `: ${plan.name}`}`,
    `${seen} of ${plan.toSee} fields seen (green), ${together.partial} in part (hatched), ${together.unseen} not (dashed); ${plan.fields - plan.toSee} without tissue skipped.`,
    tissueArea === null
      ? 'No tissue mask: nothing is said about missed tissue.'
      : together.tissueShare === null
        ? 'The mask holds no tissue in this region.'
        : `${percent(together.tissueShare)} of the tissue seen, ${percent(1 - together.tissueShare)} missed, ${percent((together.tissueSkipped ?? 0) / tissueArea)} of it in skipped fields.`,
    `${readers.length} ${readers.length === 1 ? 'reader' : 'readers'}, ${activeMin.toFixed(1)} min at fields.${regionAreaMm2 === null ? ' No scale, so no area in mm².' : ` Region ${regionAreaMm2.toFixed(2)} mm².`} Computed ${at}.`,
  ];
}

const round = (value: number): number => Math.round(value * 100) / 100;

const escape = (text: string): string =>
  text
    // characters that XML cannot hold, whatever a name is made of
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
