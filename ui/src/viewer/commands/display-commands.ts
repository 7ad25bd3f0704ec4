import type { CommandSource } from './command-source.ts';
import { choices } from '../choices.ts';

/** How the annotations are shown. */
export const displayCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.display');
  let before = false;
  return [
    {
      id: 'annotate:hide',
      title: t('annotate.hideAll'),
      keys: ['H', 'A'],
      group,
      run: () => (bench.isHidden.value = !bench.isHidden.value),
    },
    {
      id: 'annotate:peek',
      title: t('annotate.peek'),
      keys: '`',
      group,
      run: () => {
        before = bench.isHidden.value;
        bench.isHidden.value = true;
      },
      release: () => (bench.isHidden.value = before),
    },
    {
      id: 'annotate:fill',
      title: t('annotate.fill'),
      keys: ['Shift+F', 'F'],
      group,
      run: () => (choices.isFilled = !choices.isFilled),
    },
  ];
};
