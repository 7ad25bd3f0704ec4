import { isSelecting } from '../../annotate/tools/index.ts';
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
  const adjust = (steps: number) => () => bench.tool().adjust?.(steps) ?? false;
  const canAdjust = (): boolean => bench.tool().adjust !== undefined;
  return [
    { id: 'annotate:finish', title: t('annotate.finish'), keys: 'Enter', group, run: press('Enter') },
    {
      id: 'annotate:take-back',
      title: t('annotate.takeBack'),
      keys: ['Backspace', 'Delete'],
      group,
      run: press('Backspace'),
    },
    {
      id: 'annotate:take-back-undo',
      title: t('annotate.takeBack'),
      keys: ['Ctrl+Z'],
      group,
      when: () => !isSelecting(bench.toolId.value),
      run: press('Backspace'),
    },
    { id: 'annotate:let-go', title: t('annotate.letGo'), keys: 'Escape', group, run: press('Escape') },
    { id: 'annotate:narrower', title: t('annotate.narrower'), keys: '<', group, when: canAdjust, run: adjust(-1) },
    { id: 'annotate:wider', title: t('annotate.wider'), keys: '>', group, when: canAdjust, run: adjust(1) },
    {
      id: 'annotate:fill-holes-painting',
      title: t('annotate.fillHoles'),
      keys: 'F',
      group,
      when: () => bench.tool().fillHoles !== undefined,
      run: () => bench.tool().fillHoles?.() ?? false,
    },
  ];
};
