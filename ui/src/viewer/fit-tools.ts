import type { ToolId } from '../annotate/tools/index.ts';

/** Tools as they stand in the bar. */
export const TOOL_GROUPS: readonly {
  readonly label: 'selecting' | 'drawing' | 'polygons' | 'others';
  readonly tools: readonly ToolId[];
}[] = [
  { label: 'selecting', tools: ['select', 'area'] },
  {
    label: 'drawing',
    tools: ['place', 'box', 'rotated-box', 'ellipse', 'line', 'polyline', 'polygon', 'brush', 'eraser', 'wand'],
  },
  { label: 'polygons', tools: ['knife', 'scissor', 'glue'] },
  { label: 'others', tools: ['ruler', 'label'] },
];

/** Who stays in sight when the window is narrow, most needed first. */
const PRIORITY: readonly ToolId[] = [
  ...([
    'select',
    'place',
    'box',
    'polygon',
    'brush',
    'ellipse',
    'polyline',
    'wand',
    'eraser',
    'ruler',
    'area',
  ] as const),
  ...(['knife', 'rotated-box', 'line', 'scissor', 'glue', 'label'] as const),
];

/** Widths in CSS pixels: a button with its gap, and the room of a group besides. */
export const TOOL_PX = 33;
const GROUP_PX = 17;

/**
 * Which tools are buttons of the bar; the others are in the menu beside them. The tool in hand is always one of them.
 *
 * @param roomPx - for all tools and the button of the menu
 */
export function toolsThatFit(roomPx: number, inHand: ToolId): ReadonlySet<ToolId> {
  const groups = TOOL_GROUPS.length * GROUP_PX;
  if (PRIORITY.length * TOOL_PX + groups <= roomPx) return new Set(PRIORITY);
  const count = Math.max(2, Math.floor((roomPx - groups) / TOOL_PX) - 1);
  const shown = PRIORITY.slice(0, count);
  return new Set(shown.includes(inHand) ? shown : [...shown.slice(0, -1), inHand]);
}
