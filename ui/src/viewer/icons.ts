import {
  mdiArrowExpandAll,
  mdiArrowULeftTop,
  mdiArrowURightTop,
  mdiCheckDecagramOutline,
  mdiCloseOctagonOutline,
  mdiCropSquare,
  mdiCursorDefaultOutline,
  mdiEllipseOutline,
  mdiEyeOffOutline,
  mdiEyeOutline,
  mdiFlipHorizontal,
  mdiFormatColorFill,
  mdiMapOutline,
  mdiMinus,
  mdiPlus,
  mdiRotateLeft,
  mdiRotateRight,
  mdiSelectDrag,
  mdiStamper,
  mdiTagOutline,
  mdiVectorPolygon,
  mdiVectorPolyline,
  mdiViewSplitVertical,
} from '@mdi/js';
import type { ToolId } from '../annotate/tools/index.ts';

const svg = (path: string): string => `svg:${path}`;

export const TOOL_ICONS: Readonly<Record<ToolId, string>> = {
  select: svg(mdiCursorDefaultOutline),
  area: svg(mdiSelectDrag),
  place: svg(mdiStamper),
  box: svg(mdiCropSquare),
  ellipse: svg(mdiEllipseOutline),
  line: svg(mdiVectorPolyline),
  polygon: svg(mdiVectorPolygon),
  label: svg(mdiTagOutline),
};

export const VIEWER_ICONS = {
  undo: svg(mdiArrowULeftTop),
  redo: svg(mdiArrowURightTop),
  fill: svg(mdiFormatColorFill),
  shown: svg(mdiEyeOutline),
  hidden: svg(mdiEyeOffOutline),
  zoomIn: svg(mdiPlus),
  zoomOut: svg(mdiMinus),
  fit: svg(mdiArrowExpandAll),
  rotateLeft: svg(mdiRotateLeft),
  rotateRight: svg(mdiRotateRight),
  flip: svg(mdiFlipHorizontal),
  map: svg(mdiMapOutline),
  panel: svg(mdiViewSplitVertical),
  accept: svg(mdiCheckDecagramOutline),
  reject: svg(mdiCloseOctagonOutline),
} as const;
