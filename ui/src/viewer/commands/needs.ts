import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { Workbench } from '../workbench/index.ts';
import type { Translate } from './command-source.ts';

/** Conditions that several commands share, with what the palette says while they do not hold. */
export const needsSelection = (bench: Workbench, t: Translate): Pick<Shortcut, 'when' | 'needs'> => ({
  when: () => bench.selection.value.length > 0,
  needs: t('annotate.needs.selection'),
});

export const needsClass = (bench: Workbench, t: Translate): Pick<Shortcut, 'when' | 'needs'> => ({
  when: () => bench.template.value !== undefined,
  needs: t('annotate.needs.class'),
});
