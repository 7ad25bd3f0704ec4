import type { Bounds, Geometry, Mpp } from '@exact/geometry';
import type { Axes, Template } from '@exact/sdk/contract';
import type { OverlayDrawer } from '../layer/index.ts';
import type { AnnotationRecord } from '../store/index.ts';

export const TOOL_IDS = [
  'select',
  'area',
  'place',
  'box',
  'rotated-box',
  'ellipse',
  'line',
  'polyline',
  'polygon',
  'brush',
  'eraser',
  'wand',
  'knife',
  'scissor',
  'glue',
  'ruler',
  'label',
] as const;
export type ToolId = (typeof TOOL_IDS)[number];

/** A pointer over the image: level-0 pixels, and CSS pixels of the viewer. */
export interface ToolPoint {
  readonly x: number;
  readonly y: number;
  readonly screenX: number;
  readonly screenY: number;
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl, or Command on a Mac. */
  readonly ctrl: boolean;
}

/** A change of shape, of an annotation that is there. */
export interface Reshape {
  readonly uuid: string;
  readonly geometry: Geometry;
}

/** A new shape of a class; text and data where it continues an annotation that had some. */
export interface NewShape {
  readonly templateId: number;
  readonly geometry: Geometry;
  readonly description?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Changes that are one step to undo. */
export interface ToolChange {
  readonly create?: readonly NewShape[];
  readonly reshape?: readonly Reshape[];
  readonly remove?: readonly string[];
}

/** What a step is called when it is undone: `annotate.steps.<name>`. */
export type StepName =
  | 'move'
  | 'resize'
  | 'turn'
  | 'vertex'
  | 'brush'
  | 'erase'
  | 'wand'
  | 'addArea'
  | 'cutOut'
  | 'split'
  | 'glue'
  | 'lengthen'
  | 'fillHoles';

/** What a person is told when a tool finds nothing to work on: `annotate.toolNotes.<name>`. */
export type ToolNote =
  | 'eraseNothing'
  | 'selectPolygon'
  | 'lineCutsNothing'
  | 'glueNothing'
  | 'noPixels'
  | 'noRegion'
  | 'noLineClass'
  | 'locked';

/** How tools work; the person sets it, the viewer keeps it. */
export interface ToolOptions {
  /** Width of brush and eraser, in CSS pixels of the screen: what one sees stays the same at every magnification. */
  brushPx: number;
  /** Largest colour distance (CIE76 ΔE) from the pixel that the wand was set on. */
  wandTolerance: number;
  /** Whether vertices snap to the borders of neighbours. */
  isMagnetOn: boolean;
}
export const BRUSH_PX = { least: 4, most: 400 } as const;
export const WAND_TOLERANCE = { least: 1, most: 60 } as const;

/** What is on the screen, filters included, without annotations: RGBA of one pixel for each CSS pixel, row by row. */
export interface ScreenPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What a ruler reads. Lengths are µm where the image is calibrated, else level-0 pixels. */
export interface Reading {
  readonly unit: 'µm' | 'px';
  readonly segments: readonly number[];
  readonly total: number;
  /** Where the axes are no lengths, from the first point to the last along each of them; `total` says nothing then. */
  readonly span?: string;
  /** Between the last two segments, degrees from 0 to 180. */
  readonly angle?: number;
  readonly canKeep: boolean;
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
  /** Has what was written about these at hand, where the server can be reached. */
  ensureDetails(uuids: readonly string[]): Promise<void>;
  /** At a level-0 point, the smallest first. */
  hit(x: number, y: number): readonly string[];
  /** As `hit`, where shapes are not loaded: loads what lies there. Nothing where `hit` knows all; never rejects. */
  find?(x: number, y: number): Promise<readonly string[]> | undefined;
  /** Wholly inside a flat ring. */
  inside(ring: readonly number[]): readonly string[];
  get(uuid: string): AnnotationRecord | undefined;
  selection(): readonly string[];
  select(uuids: readonly string[]): void;
  hover(uuid: string | undefined): void;
  template(): Template | undefined;
  /** Of a class, `#rrggbb`. */
  colourOf(templateId: number): string;
  /** Stores a shape of the active template and selects it. @returns false when it cannot be stored; the person was told why */
  create(geometry: Geometry): boolean;
  /** Stores new shapes of what is there as one step that can be undone. */
  reshape(label: StepName, changes: readonly Reshape[]): void;
  /**
   * Stores new, changed and removed shapes as one step and selects what is new or changed.
   *
   * @returns false when it cannot be stored; the person was told why
   */
  change(label: StepName, change: ToolChange): boolean;
  /** Shows shapes without storing them, until the next call or `reshape`; nothing shows what is stored. */
  preview(changes: readonly Reshape[] | undefined): void;
  /** Has what tools draw, and what the strip of options reads from them, drawn again. */
  redraw(): void;
  readonly options: ToolOptions;
  /** µm for a level-0 pixel, where it is known. */
  mpp(): Mpp | undefined;
  /** What the axes mean where they are no lengths. */
  axes?(): Axes | undefined;
  /** Level-0 box around what is shown. */
  bounds(): Bounds;
  /** Shapes that are shown and whose box touches this one. */
  within(bounds: Bounds): readonly string[];
  /** Locked ones can be selected and nothing else. */
  isLocked(uuid: string): boolean;
  /** Nothing while the image is not drawn. */
  pixels(): ScreenPixels | undefined;
  tell(note: ToolNote): void;
  /** Shows what a {@link GeometryError} says. */
  explain(text: string): void;
}

/**
 * A way of working with the pointer. The viewer pans with whatever a tool lets pass.
 *
 * Order of calls: `hover`* (`press` (`drag`* `catchUp`)* (`release` | `cancel`))*; a press that passes and does not move ends in `click`.
 */
export interface Tool {
  readonly id: ToolId;
  /** CSS cursor at a point. */
  cursor(point: ToolPoint | undefined): string;
  /** @returns whether the tool keeps the pointer; otherwise dragging pans */
  press(point: ToolPoint): boolean;
  drag?(point: ToolPoint): void;
  /** After the `drag`s of one frame: the place for work that is too costly for each of them. */
  catchUp?(): void;
  /** `isClick`: the pointer has hardly moved since the press. */
  release?(point: ToolPoint, isClick: boolean): void;
  click?(point: ToolPoint): void;
  hover?(point: ToolPoint | undefined): void;
  doubleClick?(point: ToolPoint): void;
  /** Enter, Backspace, Escape. @returns whether it was used */
  key?(key: 'Enter' | 'Backspace' | 'Escape'): boolean;
  /** Whether something is drawn by clicks that Enter would end; for those who have no keyboard at hand. */
  hasDraft?(): boolean;
  /** Brush, eraser and wand: wider or narrower, by Alt and the wheel or by keys. @returns whether it was used */
  adjust?(steps: number): boolean;
  /** F: fills the holes of what is being painted or was painted last. @returns whether it was used */
  fillHoles?(): boolean;
  /** Ruler. */
  reading?(): Reading | undefined;
  /** Ruler: stores what was measured as a line. */
  keep?(): void;
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
