import type { Template } from '@exact/sdk/contract';
import { createBoxTool } from './box-tools.ts';
import { createLabelTool } from './label-tool.ts';
import { createPathTool } from './path-tool.ts';
import { createPlaceTool } from './place-tool.ts';
import { createSelectTool } from './select-tool.ts';
import type { Tool, ToolHost, ToolId } from './tool.ts';

export { shapeAt } from './place-tool.ts';
export { CLICK_PX, TOOL_IDS, type Reshape, type Tool, type ToolHost, type ToolId, type ToolPoint } from './tool.ts';

const MAKERS: Readonly<Record<ToolId, (host: ToolHost) => Tool>> = {
  select: (host) => createSelectTool(host),
  area: (host) => createSelectTool(host, 'area'),
  place: createPlaceTool,
  box: (host) => createBoxTool(host, 'box'),
  ellipse: (host) => createBoxTool(host, 'ellipse'),
  line: (host) => createPathTool(host, 'line'),
  polygon: (host) => createPathTool(host, 'polygon'),
  label: createLabelTool,
};

export const createTool = (id: ToolId, host: ToolHost): Tool => MAKERS[id](host);

type Kind = Template['kind'];

/** Kinds of templates that a tool draws; none for tools that draw nothing. */
export const TOOL_KINDS: Readonly<Record<ToolId, readonly Kind[]>> = {
  select: [],
  area: [],
  place: ['point', 'box', 'ellipse'],
  box: ['box'],
  ellipse: ['ellipse'],
  line: ['line'],
  polygon: ['polygon'],
  label: ['image'],
};

/** The tool to draw a kind with when the present one cannot. */
export const TOOL_OF: Readonly<Record<Kind, ToolId>> = {
  point: 'place',
  box: 'box',
  ellipse: 'ellipse',
  line: 'line',
  polygon: 'polygon',
  image: 'label',
};

/** Suggested keys, see the key map of the viewer reference. */
export const TOOL_KEYS: Readonly<Record<ToolId, readonly string[]>> = {
  select: ['M'],
  area: ['S'],
  place: ['.'],
  box: ['R'],
  ellipse: ['O'],
  line: ['L', 'V'],
  polygon: ['P'],
  label: ['I'],
};
