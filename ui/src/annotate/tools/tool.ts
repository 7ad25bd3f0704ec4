import type { Geometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import type { OverlayDrawer } from '../layer/index.ts';
import type { AnnotationRecord } from '../store/index.ts';

export const TOOL_IDS = ['select', 'area', 'place', 'box', 'ellipse', 'line', 'polygon', 'label'] as const;
export type ToolId = (typeof TOOL_IDS)[number];

/** A pointer over the image: level-0 pixels, and CSS pixels of the viewer. */
export interface ToolPoint {
  readonly x: number;
  readonly y: number;
  readonly screenX: number;
  readonly screenY: number;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** A change of shape, of an annotation that is there. */
export interface Reshape {
  readonly uuid: string;
  readonly geometry: Geometry;
}

/** What a tool can see and do. The viewer gives it; a test gives a small one of its own. */
export interface ToolHost {
  /** Looking and selecting only. */
  readonly isReadOnly: boolean;
  /** CSS pixels for one level-0 pixel. */
  scale(): number;
  toScreen(x: number, y: number): { readonly x: number; readonly y: number };
  toImage(screenX: number, screenY: number): { readonly x: number; readonly y: number };
  /** Direction of the screen's horizontal on the image, radians clockwise: boxes are drawn upright as one sees them. */
  angle(): number;
  /** The middle of what is shown, in level-0 pixels. */
  middle(): { readonly x: number; readonly y: number };
  /** At a level-0 point, the smallest first. */
  hit(x: number, y: number): readonly string[];
  /** Wholly inside a flat ring. */
  inside(ring: readonly number[]): readonly string[];
  get(uuid: string): AnnotationRecord | undefined;
  selection(): readonly string[];
  select(uuids: readonly string[]): void;
  hover(uuid: string | undefined): void;
  template(): Template | undefined;
  /** Stores a shape of the active template and selects it. @returns false when it cannot be stored; the person was told why */
  create(geometry: Geometry): boolean;
  /** Stores new shapes as one step that can be undone. */
  reshape(label: 'move' | 'resize' | 'vertex', changes: readonly Reshape[]): void;
  /** Shows shapes without storing them, until the next call or `reshape`; nothing shows what is stored. */
  preview(changes: readonly Reshape[] | undefined): void;
  /** Has what tools draw drawn again. */
  redraw(): void;
}

/**
 * A way of working with the pointer. The viewer pans with whatever a tool lets pass.
 *
 * Order of calls: `hover`* (`press` (`drag`* `release` | `cancel`))*; a press that passes and does not move ends in `click`.
 */
export interface Tool {
  readonly id: ToolId;
  /** CSS cursor at a point. */
  cursor(point: ToolPoint | undefined): string;
  /** @returns whether the tool keeps the pointer; otherwise dragging pans */
  press(point: ToolPoint): boolean;
  drag?(point: ToolPoint): void;
  /** `isClick`: the pointer has hardly moved since the press. */
  release?(point: ToolPoint, isClick: boolean): void;
  click?(point: ToolPoint): void;
  hover?(point: ToolPoint | undefined): void;
  doubleClick?(point: ToolPoint): void;
  /** Enter, Backspace, Escape. @returns whether it was used */
  key?(key: 'Enter' | 'Backspace' | 'Escape'): boolean;
  /** Lets go of everything half done. */
  cancel(): void;
  readonly draw?: OverlayDrawer;
}

/** How far, in CSS pixels, a pointer may tremble in a click. */
export const CLICK_PX = 4;
/** Half of the 24 CSS pixels that a target must have (WCAG 2.2, 2.5.8). */
export const TARGET_PX = 12;

export const screenDistance = (
  a: Pick<ToolPoint, 'screenX' | 'screenY'>,
  b: Pick<ToolPoint, 'screenX' | 'screenY'>,
): number => Math.hypot(a.screenX - b.screenX, a.screenY - b.screenY);
