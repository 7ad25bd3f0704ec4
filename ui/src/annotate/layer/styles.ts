import type { ShapeStore } from './shape-store.ts';

/** How the shapes of one template are drawn. */
export interface TemplateStyle {
  /** `#rrggbb`. */
  readonly color: string;
  /** 0…1; default 0.15. */
  readonly fillOpacity?: number;
  /** CSS pixels; default 2. */
  readonly lineWidth?: number;
  /** Default true. */
  readonly visible?: boolean;
}

/** What holds for all shapes. */
export interface Display {
  /** Whether closed shapes are filled. */
  readonly fill: boolean;
  /** Draws nothing and hits nothing. */
  readonly hidden: boolean;
  /** Of the whole layer, 0…1. Selection and drafts stay opaque. */
  readonly opacity: number;
  /** Shapes that have one of these flags are neither drawn nor hit. */
  readonly hiddenFlags: number;
}

export const DEFAULT_DISPLAY: Display = { fill: true, hidden: false, opacity: 1, hiddenFlags: 0 };

/** A style ready for drawing. */
export interface ResolvedStyle {
  readonly color: string;
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly fillOpacity: number;
  readonly lineWidth: number;
  readonly visible: boolean;
}

/** Grey: a template that nobody has given a style is drawn, not lost. */
const FALLBACK = resolveStyle({ color: '#9e9e9e' });

export function resolveStyle(style: TemplateStyle): ResolvedStyle {
  const match = /^#([0-9a-f]{6})$/i.exec(style.color);
  if (!match?.[1]) throw new TypeError(`Colour "${style.color}" of a template style is not of the form #rrggbb.`);
  const rgb = parseInt(match[1], 16);
  return {
    color: style.color,
    red: rgb >> 16,
    green: (rgb >> 8) & 255,
    blue: rgb & 255,
    fillOpacity: Math.min(1, Math.max(0, style.fillOpacity ?? 0.15)),
    lineWidth: Math.max(0.5, style.lineWidth ?? 2),
    visible: style.visible ?? true,
  };
}

/** Styles by template. A new table is made for each change, so that renderers see by identity whether anything changed. */
export class StyleTable {
  private readonly styles: ReadonlyMap<number, ResolvedStyle>;

  constructor(styles: ReadonlyMap<number, ResolvedStyle> = new Map()) {
    this.styles = styles;
  }

  with(entries: Iterable<readonly [templateId: number, style: TemplateStyle]>): StyleTable {
    const styles = new Map(this.styles);
    for (const [templateId, style] of entries) styles.set(templateId, resolveStyle(style));
    return new StyleTable(styles);
  }

  of(templateId: number): ResolvedStyle {
    return this.styles.get(templateId) ?? FALLBACK;
  }

  /** Styles by the index that {@link ShapeStore.style} holds. */
  resolve(store: ShapeStore): ResolvedStyle[] {
    return store.templates.map((id) => this.of(id));
  }
}

/** A test for slots that are drawn at all. */
export function visibleSlots(
  store: ShapeStore,
  styles: readonly ResolvedStyle[],
  display: Display,
): (slot: number) => boolean {
  const shown = Uint8Array.from(styles, (style) => (style.visible ? 1 : 0));
  return (slot) =>
    // Styles are resolved for each template of the store.
    !display.hidden && shown[store.style[slot]!] === 1 && (store.flags[slot]! & display.hiddenFlags) === 0;
}
