import type { Bounds, Geometry } from '@exact/geometry';
import type { Ref } from 'vue';
import type { Annotation, AnnotationDraft, AnnotationPatch, AnnotationRef } from '../contract/annotations.ts';
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
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly annotations: AnnotationsFacade;
  /** Shows a box (with some room around it) or a point at the present zoom. */
  goTo(target: Bounds | { readonly x: number; readonly y: number; readonly downsample?: number }): void;
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
  /**
   * Changes the displayed pixels of the image (never of annotations) by an SVG filter, which the browser runs on the GPU.
   * Filters of several plugins are chained in the order of their ids. Values are those of the image (sRGB), not linear light.
   */
  addPixelFilter(
    id: string,
    primitives: readonly FilterPrimitive[],
  ): { readonly update: (primitives: readonly FilterPrimitive[]) => void; readonly dispose: Dispose };
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
  /**
   * Annotations in memory whose box touches `bounds`; all in memory without it. These are all of the image up to 50,000; of more,
   * those in and about the view, once one is near enough to see them as shapes.
   */
  query(bounds?: Bounds): readonly ShownAnnotation[];
  /** Of all annotations of the image, in memory or not. */
  countByTemplate(): ReadonlyMap<number, number>;
  change(
    changes: {
      create?: readonly AnnotationDraft[];
      update?: readonly AnnotationPatch[];
      delete?: readonly AnnotationRef[];
    },
    label: string,
  ): Promise<void>;
}

export interface ShownAnnotation {
  readonly uuid: string;
  readonly templateId: number;
  readonly authorId: number;
  readonly geometry: Geometry;
  readonly verified: Annotation['verification'] extends infer V
    ? (V extends { verdict: infer D } ? D : never) | undefined
    : never;
}
