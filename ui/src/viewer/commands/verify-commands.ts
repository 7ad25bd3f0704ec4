import type { Shortcut } from '../../contributions/shortcuts.ts';
import { isSelecting } from '../../annotate/tools/index.ts';
import type { Verdict } from '../../annotate/store/index.ts';
import { choices } from '../choices.ts';
import { step } from '../workbench/step-through.ts';
import type { CommandSource } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** Verdicts by keyboard; one annotation after the other where the person wants to be led on. */
export const verifyCommands: CommandSource = (bench, t) => {
  if (!bench.mayVerify) return [];
  const group = t('viewer.keys.verification');
  const give =
    (verdict: Verdict) =>
    (event?: KeyboardEvent): unknown => {
      // a second Enter after the one that has closed a shape is no verdict on it
      if (event?.key === 'Enter' && !isSelecting(bench.toolId.value)) return false;
      const isOne = bench.selection.value.length === 1;
      bench.verify(verdict);
      return choices.isAutoAdvance && isOne ? step(bench, 'next', { isUnverified: true }) : undefined;
    };
  const needs = needsSelection(bench, t);
  const command = (id: string, title: string, keys: string[], run: Shortcut['run']): Shortcut => ({
    ...needs,
    id: `annotate:${id}`,
    title: t(title),
    keys,
    group,
    run,
  });
  return [
    command('accept', 'annotate.accept', ['J', 'Enter'], give('accepted')),
    command('reject', 'annotate.reject', ['K'], give('rejected')),
    command('unverify', 'annotate.steps.none', ['Shift+J'], () => bench.verify('none')),
    {
      id: 'annotate:auto-advance',
      title: t(choices.isAutoAdvance ? 'annotate.advance.off' : 'annotate.advance.on'),
      group,
      run: () => (choices.isAutoAdvance = !choices.isAutoAdvance),
    },
  ];
};
