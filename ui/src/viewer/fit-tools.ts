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
const TOOL_PX = 33;
const GROUP_PX = 14;

/**
 * Which tools are buttons of the bar; the others are in the menu beside them. The tool in hand is always one of them.
 *
 * @param roomPx - for all tools and the button of the menu
 */
export function toolsThatFit(roomPx: number, inHand: ToolId): ReadonlySet<ToolId> {
  for (let count = PRIORITY.length; count > 2; count--) {
    const shown = most(count, inHand);
    const groups = TOOL_GROUPS.filter(({ tools }) => tools.some((id) => shown.has(id))).length;
    const menu = count < PRIORITY.length ? TOOL_PX + GROUP_PX : 0;
    if (count * TOOL_PX + groups * GROUP_PX + menu <= roomPx) return shown;
  }
  return most(2, inHand);
}

function most(count: number, inHand: ToolId): ReadonlySet<ToolId> {
  const shown = PRIORITY.slice(0, count);
  return new Set(shown.includes(inHand) ? shown : [...shown.slice(0, -1), inHand]);
}
