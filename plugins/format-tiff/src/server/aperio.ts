import { TAG } from '@exact/tiff';
import type { TiffFile, TiffImage } from '@exact/tiff';
import { associatedName, ONE_PLANE, toImages } from './parts.ts';
import type { SlideParts } from './parts.ts';
import { plausibleMpp } from './resolution.ts';

/** Characters; the longest seen has 700. */
const MAX_DESCRIPTION = 65_536;

/**
 * Recognises Aperio SVS: a tiled first image whose description begins with "Aperio" (OpenSlide's description of the
 * format). The tiled images are the levels; the second image is the thumbnail; label and macro are named in their
 * descriptions. Of the description only resolution and magnification are taken: it also holds names and dates.
 */
export async function readAperio(file: TiffFile): Promise<SlideParts | undefined> {
  const [first] = file.directories;
  if (first === undefined || !first.has(TAG.tileWidth)) return undefined;
  const description = await first.text(TAG.imageDescription);
  if (description?.startsWith('Aperio') !== true) return undefined;

  const levels: TiffImage[] = [];
  const associated = new Map<string, TiffImage>();
  for (const [i, image] of toImages(file.directories).entries()) {
    const last = levels.at(-1);
    if (image.isTiled) {
      if (last === undefined || (image.width < last.width && image.height <= last.height)) levels.push(image);
      continue;
    }
    const name = i === 1 ? 'thumbnail' : await associatedImageName(image);
    if (name !== undefined && !associated.has(name)) associated.set(name, image);
  }
  const mpp = numberOf(description, 'MPP');
  const resolution = plausibleMpp(mpp, mpp);
  const objective = numberOf(description, 'AppMag');
  return {
    vendor: 'aperio',
    ...(resolution === undefined ? {} : { mpp: resolution }),
    ...(objective > 0 && objective <= 200 ? { objective } : {}),
    planes: ONE_PLANE,
    levels: levels.map((image) => [image]),
    associated,
  };
}

/** "Aperio Image Library v11.2.1 \nlabel 387x463": the second line begins with the name. */
async function associatedImageName(image: TiffImage): Promise<string | undefined> {
  if (image.directory.count(TAG.imageDescription) > MAX_DESCRIPTION) return undefined;
  const line = (await image.directory.text(TAG.imageDescription))?.split(/\r?\n/)[1];
  return associatedName(line?.split(' ')[0]);
}

/** Fields are parted by "|" and read "Name = value". NaN without the field. */
function numberOf(description: string, name: string): number {
  for (const field of description.split('|').slice(1)) {
    const [key, value] = field.split('=', 2);
    // Scanners set to a German or French locale write a decimal comma.
    if (key?.trim() === name) return Number.parseFloat((value ?? '').trim().replace(',', '.'));
  }
  return NaN;
}
