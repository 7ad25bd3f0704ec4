import type { Shortcut } from '../../contributions/shortcuts.ts';
import { choices } from '../choices.ts';
import type { CommandSource } from './command-source.ts';

export const LINE_WIDTHS = { least: 1, most: 8, step: 0.5 } as const;
export const OPACITIES = { least: 0.1, most: 1, step: 0.05 } as const;

const within = (value: number, { least, most }: { least: number; most: number }): number =>
  Math.round(Math.min(most, Math.max(least, value)) * 100) / 100;

/** How the annotations are shown. */
export const displayCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.display');
  let before = false;
  const line = (by: number) => () => (choices.lineWidth = within(choices.lineWidth + by, LINE_WIDTHS));
  const opacity = (by: number) => () => (choices.opacity = within(choices.opacity + by, OPACITIES));
  const plain = (id: string, run: () => unknown): Shortcut => ({
    id: `annotate:${id}`,
    title: t(`annotate.display.${id}`),
    group,
    run,
  });
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
      // by its place: on many keyboards the sign there waits for a letter, and never arrives
      keys: '<Backquote>',
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
    plain('thicker', line(LINE_WIDTHS.step)),
    plain('thinner', line(-LINE_WIDTHS.step)),
    plain('denser', opacity(2 * OPACITIES.step)),
    plain('fainter', opacity(-2 * OPACITIES.step)),
  ];
};
