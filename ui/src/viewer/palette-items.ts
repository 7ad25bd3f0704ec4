import type { Image } from '@exact/sdk/contract';
import { fuzzyScore } from '../contributions/fuzzy.ts';
import type { PaletteItem } from '../contributions/palette.ts';
import { translate } from '../i18n/index.ts';

const MAX_IMAGES = 8;

/** Images of the set whose name fits what is typed, the best first. */
export function imageItems(images: readonly Image[], search: string, open: (id: number) => void): PaletteItem[] {
  return images
    .map((image) => {
      const title = image.privateName ?? image.publicName;
      return { image, title, score: fuzzyScore(title, search) ?? 0 };
    })
    .filter(({ score }) => score >= 4) // letters here and there in a file name mean nothing
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_IMAGES)
    .map(({ image, title }) => ({
      id: `image:${image.id}`,
      title,
      group: translate('viewer.image'),
      keyTexts: [],
      run: () => open(image.id),
    }));
}
