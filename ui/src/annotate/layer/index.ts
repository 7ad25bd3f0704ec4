export { createAnnotationLayer, type AnnotationLayer, type AnnotationLayerOptions } from './annotation-layer.ts';
export { type OverlayDrawer } from './overlay.ts';
export { isSoftwareRenderer, probeRenderer, type RendererKind } from './probe.ts';
export { Scene, type HitOptions, type SceneChange, type SceneEdit, type ShapePatch } from './scene.ts';
export { type Shape } from './shape-store.ts';
export { type Display, type TemplateStyle } from './styles.ts';
export { PLAIN_FLAG, SHAPE_FLAGS } from './flags.ts';
export { type CountGrid, type MarkTile, type Summary } from './summary.ts';
export { applyAffine, createView, invert, type Affine, type ScreenPoint, type View } from './transform.ts';
