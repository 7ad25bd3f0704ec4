import { TOOL_IDS, TOOL_KEYS, TOOL_KINDS, type ToolId } from '../../annotate/tools/index.ts';
import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { CommandSource } from './command-source.ts';

/** Taking a tool in hand. */
export const toolCommands: CommandSource = (bench, t) => {
  let lastDrawing: ToolId = 'box';
  const group = t('viewer.keys.tools');
  const isSelecting = (): boolean => TOOL_KINDS[bench.toolId.value].length === 0;
  return [
    ...TOOL_IDS.filter((id) => bench.mayWrite || TOOL_KINDS[id].length === 0).map((id): Shortcut => ({
      id: `annotate:tool-${id}`,
      title: t(`annotate.tools.${id}`),
      keys: TOOL_KEYS[id],
      group,
      run: () => bench.pickTool(id),
    })),
    {
      id: 'annotate:toggle-draw',
      title: t('annotate.toggleDraw'),
      keys: 'C',
      group,
      run: () => {
        if (isSelecting()) return bench.pickTool(lastDrawing);
        lastDrawing = bench.toolId.value;
        bench.pickTool('select');
      },
    },
  ];
};
