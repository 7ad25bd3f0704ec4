import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { CommandSource } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** Working on what is selected: undo, move, delete, lock. */
export const editCommands: CommandSource = (bench, t) => {
  if (!bench.mayWrite) return [];
  const group = t('viewer.keys.annotations');
  const needs = needsSelection(bench, t);
  const nudge = (id: string, key: string, dx: number, dy: number): Shortcut[] => [
    {
      id: `annotate:nudge-${id}`,
      title: t('annotate.nudge', { way: t(`viewer.ways.${id}`), px: 1 }),
      keys: `Alt+${key}`,
      group,
      ...needs,
      run: () => bench.nudge(dx, dy),
    },
    {
      id: `annotate:push-${id}`,
      title: t('annotate.nudge', { way: t(`viewer.ways.${id}`), px: 10 }),
      keys: `Alt+Shift+${key}`,
      group,
      ...needs,
      run: () => bench.nudge(10 * dx, 10 * dy),
    },
  ];
  return [
    {
      id: 'annotate:undo',
      title: t('annotate.undo'),
      keys: 'Ctrl+Z',
      group,
      when: () => bench.store.undoLabel !== undefined,
      needs: t('annotate.needs.step'),
      run: () => bench.undo(),
    },
    {
      id: 'annotate:redo',
      title: t('annotate.redo'),
      keys: ['Ctrl+Shift+Z', 'Ctrl+Y'],
      group,
      when: () => bench.store.redoLabel !== undefined,
      needs: t('annotate.needs.step'),
      run: () => bench.redo(),
    },
    {
      id: 'annotate:delete',
      title: t('annotate.delete'),
      keys: ['Delete', 'X', 'Backspace'],
      group,
      ...needs,
      run: () => bench.removeSelected(),
    },
    // L alone is the line of the key map; with both modifiers it cannot be pressed by slip
    {
      id: 'annotate:lock',
      title: t('annotate.lock'),
      keys: 'Ctrl+Shift+L',
      group,
      ...needs,
      run: () => bench.toggleLock(),
    },
    ...nudge('left', 'ArrowLeft', -1, 0),
    ...nudge('right', 'ArrowRight', 1, 0),
    ...nudge('up', 'ArrowUp', 0, -1),
    ...nudge('down', 'ArrowDown', 0, 1),
  ];
};
