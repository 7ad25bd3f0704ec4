import type { Bounds, Geometry } from '@exact/geometry';
import type { Ref } from 'vue';
import type {
  Annotation,
  AnnotationDraft,
  AnnotationPatch,
  AnnotationRef,
  VERDICT_CHOICES,
} from '../contract/annotations.ts';
import type { Image } from '../contract/images.ts';
import type { Template } from '../contract/templates.ts';

export type Dispose = () => void;

/** What is on the screen. Lengths are level-0 pixels. */
export interface View {
  readonly centerX: number;
  readonly centerY: number;
  /** Level-0 pixels for one CSS pixel: 1 is full resolution, 8 shows an eighth. */
  readonly downsample: number;
  /** Degrees clockwise. */
  readonly rotation: number;
  readonly flipped: boolean;
  /** Smallest level-0 box that holds all that is visible. */
  readonly bounds: Bounds;
}

/** The viewer as plugins see it: everything in level-0 pixels, everything undone by the function it returns. */
export interface ViewerFacade {
  readonly image: Readonly<Ref<Image>>;
  readonly view: Readonly<Ref<View>>;
  /** Where the mouse or pen is over the image, in level-0 pixels; nothing elsewhere. Of a finger nothing is known. @since 1.0 */
  readonly pointer: Readonly<Ref<{ readonly x: number; readonly y: number } | undefined>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly annotations: AnnotationsFacade;
  /** Shows a box (with some room around it) or a point at the present zoom. */
  goTo(
    target: Bounds | { readonly x: number; readonly y: number; readonly downsample?: number },
    options?: GoToOptions,
  ): void;
  /** Whether every tile of the present view is there and drawn in its full resolution. @since 1.0 */
  readonly isSharp: Readonly<Ref<boolean>>;
  /**
   * Has the browser fetch, with low priority, the tiles that {@link goTo} with the same box and room will need: going there then
   * shows a sharp picture at once. `imageId`: on another image. A failure does no harm.
   *
   * @since 1.0
   */
  preload(target: Bounds, options?: Pick<GoToOptions, 'room'> & { readonly imageId?: number }): void;
  /** Draws over the image and below the annotations at each frame; `toScreen` maps level-0 pixels to CSS pixels of the canvas. */
  addOverlay(
    draw: (
      canvas: CanvasRenderingContext2D,
      toScreen: (x: number, y: number) => { x: number; y: number },
      view: View,
    ) => void,
  ): {
    readonly redraw: () => void;
    readonly dispose: Dispose;
  };
  /** The overview picture in the corner. @since 1.0 */
  readonly navigator: NavigatorFacade;
  /**
   * The box that the person draws on the image next, in level-0 pixels and cut off at its edges, while `hint` is shown; they can also
   * take all that is in view. One at a time: who asks next ends the asking before.
   *
   * @returns nothing when they escape or leave the image
   * @since 1.0
   */
  pickBox(hint: string): Promise<Bounds | undefined>;
  /**
   * Changes the displayed pixels of the image (never of annotations) by an SVG filter, which the browser runs on the GPU.
   * Filters of several plugins are chained in the order of their ids. Values are those of the image (sRGB), not linear light.
   */
  addPixelFilter(
    id: string,
    primitives: readonly FilterPrimitive[],
  ): { readonly update: (primitives: readonly FilterPrimitive[]) => void; readonly dispose: Dispose };
}

/** The overview picture: the whole image, small. It may be folded; what is drawn is kept until it is open again. */
export interface NavigatorFacade {
  /**
   * Draws over the picture, below the frame of the view; again when `redraw` is called or the size changes. `toScreen` maps level-0
   * pixels to CSS pixels of the map, of which there are `size`.
   */
  addOverlay(
    draw: (
      canvas: CanvasRenderingContext2D,
      toScreen: (x: number, y: number) => { x: number; y: number },
      size: { readonly width: number; readonly height: number },
    ) => void,
  ): { readonly redraw: () => void; readonly dispose: Dispose };
  /** CSS pixels of what it covers in the bottom right corner of the image, 12 px from its edges; undefined while it is folded. */
  readonly size: Readonly<Ref<{ readonly width: number; readonly height: number } | undefined>>;
  /** Asked first when the map is pressed (not dragged), in level-0 pixels; who answers true has taken it. */
  onPress(handle: (x: number, y: number) => boolean): Dispose;
}

export interface GoToOptions {
  /** At once, without moving there. */
  readonly isImmediate?: boolean;
  /** Room on each side, as a share of the box (default 0.6). */
  readonly room?: number;
}

/** One SVG filter primitive: element name, attributes and children, for example `feColorMatrix`. */
export interface FilterPrimitive {
  readonly element:
    'feColorMatrix' | 'feComponentTransfer' | 'feFuncR' | 'feFuncG' | 'feFuncB' | 'feFuncA' | 'feConvolveMatrix';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children?: readonly FilterPrimitive[];
}

/** Annotations of the shown image: the store that tools work on too. Writes go through the same queue and undo history. */
export interface AnnotationsFacade {
  /** Counts up with every change of the store; watch it to recompute. */
  readonly version: Readonly<Ref<number>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  select(uuids: readonly string[]): void;
  /** Has these in memory, where they are on the image and may be seen. @since 1.0 */
  ensure(uuids: readonly string[]): Promise<void>;
  get(uuid: string): ShownAnnotation | undefined;
  /**
   * Annotations in memory whose box touches `bounds`; all in memory without it. These are all of the image up to 50,000; of more,
   * those in and about the view, once one is near enough to see them as shapes.
   */
  query(bounds?: Bounds): readonly ShownAnnotation[];
  /** Shown annotations at a place, the smallest first, as a click there would take them; of those in memory. @since 1.0 */
  at(place: { readonly x: number; readonly y: number }): readonly string[];
  /** Of all annotations of the image that the person's filter shows, in memory or not. */
  countByTemplate(): ReadonlyMap<number, number>;
  /**
   * Where all annotations of the image that the person's filter shows lie and what they are, whatever their number: in memory as long
   * as somebody holds it, and following every change (own unsent ones, others', deletions, another filter). Labels of the whole image
   * have no place and are left out.
   *
   * Read once, packed, for all who hold it; a change costs what has changed. `value` is undefined until it is there, and a new object
   * after each change. In the `setup` of a component it is let go by itself, elsewhere by `dispose`.
   *
   * @since 1.0
   */
  useCentres(): { readonly value: Readonly<Ref<Centres | undefined>>; readonly dispose: Dispose };
  change(
    changes: {
      create?: readonly AnnotationDraft[];
      update?: readonly AnnotationPatch[];
      delete?: readonly AnnotationRef[];
    },
    label: string,
  ): Promise<void>;
  /**
   * Resolves when no change of the image waits to be stored any more, at once where none does: for what ends the work on an image.
   * While the line is cut it waits.
   *
   * @returns whether all is stored; false: a change was refused or meets one of somebody else, and the person has to look at it
   * @since 1.0
   */
  whenSaved(): Promise<boolean>;
  /** Gives verdicts (`none` takes one back), as one step that can be taken back; for those who may verify. @since 1.0 */
  verify(
    verdicts: readonly { readonly uuid: string; readonly verdict: (typeof VERDICT_CHOICES)[number] }[],
    label: string,
  ): void;
  /**
   * Has tools work on a proposal of the annotation's shape instead of on the annotation, which stays as it is; also on one that
   * the person may not change. One at a time.
   *
   * @since 1.0
   */
  propose(uuid: string): ShapeProposal | undefined;
  /**
   * Asked first when a class is chosen by its key or in the palette; who answers true has taken it.
   *
   * @since 1.0
   */
  onClassKey(handle: (template: Template) => boolean): Dispose;
}

/**
 * Annotations in columns of `count` entries each, in no order. The columns are those of now: the next change writes into the same
 * memory, and entries move; copy what has to last.
 */
export interface Centres {
  readonly count: number;
  /** Level-0 pixel that holds the middle of the bounding box, as `ctx.annotations.centres` gives it on the server: whole numbers. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly templateId: Int32Array;
  /** 0: none, 1: accepted, 2: rejected. */
  readonly verdict: Uint8Array;
  uuid(index: number): string;
  /** Counts up with each change. */
  readonly version: number;
}

/** A shape that is being worked on beside the annotation. */
export interface ShapeProposal {
  readonly geometry: Readonly<Ref<Geometry>>;
  /** Shows another shape; one that cannot be stored is refused. @returns whether it was taken */
  set(geometry: Geometry): boolean;
  /** Shows the annotation as it is again. */
  readonly dispose: Dispose;
}

export interface ShownAnnotation {
  readonly uuid: string;
  readonly templateId: number;
  readonly authorId: number;
  /** 0 while the server does not know it yet. */
  readonly revision: number;
  readonly geometry: Geometry;
  readonly verified: Annotation['verification'] extends infer V
    ? (V extends { verdict: infer D } ? D : never) | undefined
    : never;
}
