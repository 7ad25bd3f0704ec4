import type { Scene } from './scene.ts';
import type { Display, StyleTable } from './styles.ts';
import type { Summary } from './summary.ts';
import type { View } from './transform.ts';

/** Everything one picture is made from. Nothing changed as long as it is the same object. */
export interface Frame {
  readonly scene: Scene;
  readonly styles: StyleTable;
  readonly display: Display;
  readonly view: View;
  /** What stands in for shapes that are not loaded. */
  readonly summary: Summary | undefined;
}

/** Draws the shapes; selection and drafts are drawn above it by the overlay. */
export interface Renderer {
  readonly kind: 'canvas' | 'webgl';
  /** To be put over the image, filling the viewer. */
  readonly element: HTMLElement;
  /**
   * Works on the picture of `frame` until it is done or `deadline` (a `performance.now()` time) has passed. Whatever is
   * shown meanwhile is in the right place. Returns true when the picture is complete.
   */
  draw(frame: Frame, deadline: number): boolean;
  dispose(): void;
}
