import { copySelected, hasClip, paste } from '../workbench/copy-paste.ts';
import type { CommandSource } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** Copying annotations, also to the next image and to other tabs. */
export const clipboardCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.annotations');
  const needsClip = { when: hasClip, needs: t('annotate.clip.empty') };
  return [
    {
      id: 'annotate:copy',
      title: t('annotate.clip.copy'),
      keys: 'Ctrl+C',
      group,
      ...needsSelection(bench, t),
      run: () => {
        // words that somebody has marked on the page are what they want to copy
        if (window.getSelection()?.isCollapsed === false) return false;
        return copySelected(bench);
      },
    },
    ...(bench.mayWrite
      ? [
          {
            id: 'annotate:paste',
            title: t('annotate.clip.paste'),
            keys: 'Ctrl+V',
            group,
            ...needsClip,
            run: () => paste(bench),
          },
          {
            id: 'annotate:paste-in-place',
            title: t('annotate.clip.pasteInPlace'),
            keys: 'Ctrl+Shift+V',
            group,
            ...needsClip,
            run: () => paste(bench, { isInPlace: true }),
          },
        ]
      : []),
  ];
};
