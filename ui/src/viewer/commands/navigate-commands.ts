import type { Shortcut } from '../../contributions/shortcuts.ts';
import { goToDialog } from '../go-to.ts';
import { copyLink } from '../workbench/copy-link.ts';
import { present } from '../workbench/find-annotation.ts';
import { step, stepInView, type StepFilter } from '../workbench/step-through.ts';
import type { CommandSource } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** Going to annotations; also for those who may only look. */
export const navigateCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.navigation');
  const through = (
    id: string,
    title: string,
    [next, previous]: readonly [string, string],
    filter: () => StepFilter,
  ): Shortcut[] => [
    {
      id: `annotate:next${id}`,
      title: t(`annotate.next${title}`),
      keys: next,
      group,
      run: () => step(bench, 'next', filter()),
    },
    {
      id: `annotate:previous${id}`,
      title: t(`annotate.previous${title}`),
      keys: previous,
      group,
      run: () => step(bench, 'previous', filter()),
    },
  ];
  /** The class of what is selected, else the one in hand. */
  const classNow = (): StepFilter => {
    const [uuid] = bench.selection.value;
    const id = (uuid === undefined ? undefined : bench.store.get(uuid)?.templateId) ?? bench.template.value?.id;
    return id === undefined ? {} : { templateId: id };
  };
  return [
    ...through('', 'Unverified', ['N', 'Shift+N'], () => ({ isUnverified: true })),
    ...through('-of-class', 'OfClass', ['Shift+PageDown', 'Shift+PageUp'], classNow),
    ...through('-any', 'Any', ['Alt+PageDown', 'Alt+PageUp'], () => ({})),
    {
      id: 'annotate:next-in-view',
      title: t('annotate.nextInView'),
      keys: 'PageDown',
      group,
      run: () => stepInView(bench, 'next'),
    },
    {
      id: 'annotate:previous-in-view',
      title: t('annotate.previousInView'),
      keys: 'PageUp',
      group,
      run: () => stepInView(bench, 'previous'),
    },
    {
      id: 'annotate:go-to',
      title: t('annotate.goTo'),
      keys: 'G',
      group,
      ...needsSelection(bench, t),
      run: () => present(bench, bench.selection.value[0] ?? ''),
    },
    {
      id: 'annotate:go-to-id',
      title: t('annotate.find.title'),
      keys: 'Ctrl+G',
      group,
      run: () => void (goToDialog.value = true),
    },
    { id: 'annotate:copy-link', title: t('annotate.link.copy'), keys: 'Alt+L', group, run: () => copyLink(bench) },
  ];
};
