import type { Shortcut } from '../../contributions/shortcuts.ts';
import type { Translate } from './command-source.ts';

/** Going through the images of a set; they are there also while an image is still loading. */
export function imageCommands(t: Translate, step: (by: 1 | -1) => void): readonly Shortcut[] {
  const group = t('viewer.keys.images');
  return [
    {
      id: 'viewer:previous-image',
      title: t('viewer.previousImage'),
      keys: 'Q',
      group,
      run: () => step(-1),
    },
    { id: 'viewer:next-image', title: t('viewer.nextImage'), keys: 'E', group, run: () => step(1) },
  ];
}
