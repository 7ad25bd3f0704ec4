import {
  isForLooking,
  isSelecting,
  POLYGON_KEYS,
  TOOL_IDS,
  TOOL_KEYS,
  type ToolId,
} from '../../annotate/tools/index.ts';
import type { Shortcut } from '../../contributions/shortcuts.ts';
import { choices } from '../choices.ts';
import type { CommandSource } from './command-source.ts';

/** Taking a tool in hand. */
export const toolCommands: CommandSource = (bench, t) => {
  let lastDrawing: ToolId = 'box';
  const group = t('viewer.keys.tools');
  return [
    ...TOOL_IDS.filter((id) => bench.mayWrite || isForLooking(id)).map((id): Shortcut => ({
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
        if (isSelecting(bench.toolId.value)) return bench.pickTool(lastDrawing);
        lastDrawing = bench.toolId.value;
        bench.pickTool('select');
      },
    },
    {
      id: 'annotate:magnet',
      title: t('annotate.magnet'),
      keys: 'Shift+M',
      group,
      run: () => {
        choices.isMagnetOn = !choices.isMagnetOn;
        bench.host.redraw();
      },
    },
  ];
};

/** While polygons are selected the letters that EXACT has for cutting and gluing come before others. */
export const polygonCommands: CommandSource = (bench, t) => {
  if (!bench.mayWrite) return [];
  const group = t('viewer.keys.polygons');
  const hasPolygon = (): boolean =>
    bench.selection.value.some((uuid) => bench.store.get(uuid)?.geometry.kind === 'polygon');
  return Object.entries(POLYGON_KEYS).map(([id, keys]): Shortcut => ({
    id: `annotate:polygon-${id}`,
    title: t(`annotate.tools.${id}`),
    keys,
    group,
    when: hasPolygon,
    run: () => bench.pickTool(id as ToolId),
  }));
};
