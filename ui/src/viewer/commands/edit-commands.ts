import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { CommandSource } from './command-source.ts';

/** Working on what is selected: undo, move, delete, verify. */
export const editCommands: CommandSource = (bench, t) => {
  if (!bench.mayWrite) return [];
  const hasSelection = (): boolean => bench.selection.value.length > 0;
  const group = t('viewer.keys.annotations');
  const nudge = (id: string, key: string, dx: number, dy: number): Shortcut[] => [
    {
      id: `annotate:nudge-${id}`,
      title: t('annotate.nudge', { way: t(`viewer.ways.${id}`), px: 1 }),
      keys: `Alt+${key}`,
      group,
      when: hasSelection,
      run: () => bench.nudge(dx, dy),
    },
    {
      id: `annotate:push-${id}`,
      title: t('annotate.nudge', { way: t(`viewer.ways.${id}`), px: 10 }),
      keys: `Alt+Shift+${key}`,
      group,
      when: hasSelection,
      run: () => bench.nudge(10 * dx, 10 * dy),
    },
  ];
  return [
    { id: 'annotate:undo', title: t('annotate.undo'), keys: 'Ctrl+Z', group, run: () => bench.undo() },
    {
      id: 'annotate:redo',
      title: t('annotate.redo'),
      keys: ['Ctrl+Shift+Z', 'Ctrl+Y'],
      group,
      run: () => bench.redo(),
    },
    {
      id: 'annotate:delete',
      title: t('annotate.delete'),
      keys: ['Delete', 'X', 'Backspace'],
      group,
      when: hasSelection,
      run: () => bench.removeSelected(),
    },
    ...nudge('left', 'ArrowLeft', -1, 0),
    ...nudge('right', 'ArrowRight', 1, 0),
    ...nudge('up', 'ArrowUp', 0, -1),
    ...nudge('down', 'ArrowDown', 0, 1),
    {
      id: 'annotate:accept',
      title: t('annotate.accept'),
      keys: 'J',
      group,
      when: () => bench.mayVerify && hasSelection(),
      run: () => bench.verify('accepted'),
    },
    {
      id: 'annotate:reject',
      title: t('annotate.reject'),
      keys: 'K',
      group,
      when: () => bench.mayVerify && hasSelection(),
      run: () => bench.verify('rejected'),
    },
  ];
};
