import type { Template } from '@exact/sdk/contract';
import { createBoxTool } from './box-tools.ts';
import { createBrushTool } from './brush-tool.ts';
import { createGlueTool, createKnifeTool, createScissorTool } from './cut-tools.ts';
import { createLabelTool } from './label-tool.ts';
import { createLineTool } from './line-tool.ts';
import { createPolygonTool, createPolylineTool } from './path-tool.ts';
import { createPlaceTool } from './place-tool.ts';
import { createRotatedBoxTool } from './rotated-box-tool.ts';
import { createRulerTool } from './ruler-tool.ts';
import { createSelectTool } from './select-tool.ts';
import type { Tool, ToolHost, ToolId } from './tool.ts';
import { createWandTool } from './wand-tool.ts';

export { frameFields, framed, type FrameField } from './handles.ts';
export { lengthText } from './length.ts';
export { createPickTool, type Picked } from './pick-tool.ts';
export { shapeAt } from './place-tool.ts';
export {
  BRUSH_PX,
  CLICK_PX,
  TOOL_IDS,
  WAND_TOLERANCE,
  type Reading,
  type Reshape,
  type ScreenPixels,
  type StepName,
  type Tool,
  type ToolChange,
  type ToolHost,
  type ToolId,
  type ToolNote,
  type ToolOptions,
  type ToolPoint,
} from './tool.ts';

const MAKERS: Readonly<Record<ToolId, (host: ToolHost) => Tool>> = {
  select: (host) => createSelectTool(host),
  area: (host) => createSelectTool(host, 'area'),
  place: createPlaceTool,
  box: (host) => createBoxTool(host, 'box'),
  'rotated-box': createRotatedBoxTool,
  ellipse: (host) => createBoxTool(host, 'ellipse'),
  line: createLineTool,
  polyline: createPolylineTool,
  polygon: createPolygonTool,
  brush: (host) => createBrushTool(host),
  eraser: (host) => createBrushTool(host, 'eraser'),
  wand: createWandTool,
  knife: createKnifeTool,
  scissor: createScissorTool,
  glue: createGlueTool,
  ruler: createRulerTool,
  label: createLabelTool,
};

export const createTool = (id: ToolId, host: ToolHost): Tool => MAKERS[id](host);

type Kind = Template['kind'];

/** Kinds of templates that a tool draws; none for tools that draw nothing of a class. */
export const TOOL_KINDS: Readonly<Record<ToolId, readonly Kind[]>> = {
  select: [],
  area: [],
  place: ['point', 'box', 'ellipse'],
  box: ['box'],
  'rotated-box': ['box'],
  ellipse: ['ellipse'],
  line: ['line'],
  polyline: ['line'],
  polygon: ['polygon'],
  brush: ['polygon'],
  eraser: [],
  wand: ['polygon'],
  knife: [],
  scissor: [],
  glue: [],
  ruler: [],
  label: ['image'],
};

/** Tools for people who may only look. */
const LOOKING: readonly ToolId[] = ['select', 'area', 'ruler'];
export const isForLooking = (id: ToolId): boolean => LOOKING.includes(id);

/** Tools in which class keys give the selected ones another class. */
export const isSelecting = (id: ToolId): boolean => id === 'select' || id === 'area';

/** The tool to draw a kind with when the present one cannot. */
export const TOOL_OF: Readonly<Record<Kind, ToolId>> = {
  point: 'place',
  box: 'box',
  ellipse: 'ellipse',
  line: 'polyline',
  polygon: 'polygon',
  image: 'label',
};

/** Suggested keys, see the key map of the viewer reference. */
export const TOOL_KEYS: Readonly<Record<ToolId, readonly string[]>> = {
  select: ['M'],
  area: ['S'],
  place: ['.'],
  box: ['R'],
  'rotated-box': ['Shift+R'],
  ellipse: ['O'],
  line: ['L'],
  polyline: ['V'],
  polygon: ['P'],
  brush: ['B'],
  eraser: ['Shift+B'],
  wand: ['W'],
  knife: [],
  scissor: [],
  glue: [],
  ruler: ['Shift+L'],
  label: ['I'],
};

/** Keys while polygons are selected, as EXACT has them. */
export const POLYGON_KEYS: Partial<Record<ToolId, string>> = { scissor: 'S', glue: 'G', knife: 'D' };
