/** Operations on polygons; apart from the main entry because they bring Clipper2 along (load them when they are needed). */
export { intersect, repair, subtract, union } from './booleans.ts';
export { splitByLine } from './split.ts';
export { offset, strokeOutline } from './offset.ts';
export { fillHoles, removeSmall } from './parts.ts';
export { simplify } from './simplify.ts';
export { smooth } from './smooth.ts';
export { snapToBorders } from './snap-to-borders.ts';
export { toPolygon } from './to-polygon.ts';
export { traceMask, type TraceOptions } from './trace-mask.ts';
