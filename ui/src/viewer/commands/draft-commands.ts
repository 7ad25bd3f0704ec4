import { TOOL_KINDS } from '../../annotate/tools/index.ts';
import type { CommandSource } from './command-source.ts';

/** What is half drawn takes its keys before anything else. */
export const draftCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.drawing');
  const press = (key: 'Enter' | 'Backspace' | 'Escape') => () => {
    if (bench.tool().key?.(key)) return true;
    if (key !== 'Escape' || bench.toolId.value === 'select') return false;
    bench.pickTool('select');
    return true;
  };
  return [
    { id: 'annotate:finish', title: t('annotate.finish'), keys: 'Enter', group, run: press('Enter') },
    { id: 'annotate:take-back', title: t('annotate.takeBack'), keys: ['Backspace'], group, run: press('Backspace') },
    {
      id: 'annotate:take-back-undo',
      title: t('annotate.takeBack'),
      keys: ['Ctrl+Z'],
      group,
      when: () => TOOL_KINDS[bench.toolId.value].length > 0,
      run: press('Backspace'),
    },
    { id: 'annotate:let-go', title: t('annotate.letGo'), keys: 'Escape', group, run: press('Escape') },
  ];
};
