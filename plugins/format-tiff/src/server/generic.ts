import { LIMITS, TAG } from '@exact/tiff';
import type { TiffFile, TiffImage } from '@exact/tiff';
import { omePlanes, parseOme } from './ome.ts';
import { associatedName, ONE_PLANE, toImages } from './parts.ts';
import type { PlaneCounts, SlideParts } from './parts.ts';
import { resolutionMpp } from './resolution.ts';

/**
 * Reads any other TIFF: level 0 is the largest image that is not said to be a reduced one; its levels are its sub-directories
 * (OME-TIFF 6) or smaller images of the same shape in the chain; images of the same size are the planes of a stack.
 */
export async function readGeneric(file: TiffFile): Promise<SlideParts | undefined> {
  const images = toImages(file.directories).filter((image) => !image.isMask);
  const full = images.filter((image) => !image.isReduced);
  const base = (full.length > 0 ? full : images).reduce<TiffImage | undefined>(
    (best, image) => (best === undefined || area(image) > area(best) ? image : best),
    undefined,
  );
  if (base === undefined) return undefined;

  const stack = await readStack(file, images, base);
  const [first = base] = stack.images;
  const sub = subLevels(file, stack.images);
  const reduced = sub.length > 0 || stack.images.length > 1 ? sub : chainLevels(images, first).map((image) => [image]);
  const mpp = stack.mpp ?? resolutionMpp(first.directory);
  return {
    vendor: stack.vendor,
    ...(mpp === undefined ? {} : { mpp }),
    planes: stack.planes,
    levels: [stack.images, ...reduced].slice(0, LIMITS.levels),
    associated: await findAssociated(images, new Set([...stack.images, ...reduced.flat()]), stack.associated),
  };
}

interface Stack {
  readonly vendor: string;
  readonly planes: PlaneCounts;
  readonly images: readonly TiffImage[];
  readonly mpp?: { readonly x: number; readonly y: number };
  readonly associated: ReadonlyMap<string, TiffImage>;
}

async function readStack(file: TiffFile, images: readonly TiffImage[], base: TiffImage): Promise<Stack> {
  const description = (await file.directories[0]?.text(TAG.imageDescription)) ?? '';
  const byDirectory = new Map(images.map((image) => [file.directories.indexOf(image.directory), image]));
  const [ome, ...others] = parseOme(description);
  const none = new Map<string, TiffImage>();
  if (ome !== undefined) {
    const samples = ome.sizes.c % base.samplesPerPixel === 0 ? base.samplesPerPixel : 1;
    const planes = { ...ome.sizes, c: ome.sizes.c / samples };
    const total = planes.z * planes.t * planes.c;
    const found =
      total > 0 && total <= LIMITS.directories
        ? omePlanes(ome, planes).map((ifd) => (ifd === undefined ? undefined : byDirectory.get(ifd)))
        : [];
    const [first] = found;
    const isWhole =
      first !== undefined &&
      found.every(
        (image) =>
          image !== undefined &&
          isSameKind(image, first) &&
          image.width === first.width &&
          image.height === first.height,
      );
    const associated = new Map<string, TiffImage>();
    for (const other of others) {
      const name = associatedName(other.name);
      const image = byDirectory.get(other.data[0]?.ifd ?? -1);
      if (name !== undefined && image !== undefined) associated.set(name, image);
    }
    // Where planes stand in other files, the ones of this file are shown as the single picture that they are here.
    return {
      vendor: 'ome-tiff',
      planes: isWhole ? planes : ONE_PLANE,
      images: isWhole ? (found as readonly TiffImage[]) : [first ?? base],
      ...(ome.mpp === undefined ? {} : { mpp: ome.mpp }),
      associated,
    };
  }
  const pages = images.filter(
    (image) =>
      !image.isReduced && image.width === base.width && image.height === base.height && isSameKind(image, base),
  );
  if (pages.length < 2) return { vendor: 'tiff', planes: ONE_PLANE, images: [base], associated: none };
  return { vendor: 'tiff', ...imageJStack(description, pages), associated: none };
}

/** ImageJ says how its pages lie ("channels=3\nslices=5"), channels fastest; pages of unknown meaning are frames. */
function imageJStack(
  description: string,
  pages: readonly TiffImage[],
): { planes: PlaneCounts; images: readonly TiffImage[] } {
  const size = (name: string): number =>
    Number(new RegExp(`^${name}=(\\d{1,6})[ \\t\\r]*$`, 'm').exec(description)?.[1] ?? 1);
  const planes = { c: size('channels'), z: size('slices'), t: size('frames') };
  if (!description.startsWith('ImageJ=') || planes.c * planes.z * planes.t !== pages.length) {
    return { planes: { ...ONE_PLANE, t: pages.length }, images: pages };
  }
  const images: TiffImage[] = [];
  for (let c = 0; c < planes.c; c++)
    for (let t = 0; t < planes.t; t++)
      for (let z = 0; z < planes.z; z++) {
        const page = pages[c + planes.c * (z + planes.z * t)];
        if (page !== undefined) images.push(page);
      }
  return { planes, images };
}

/** Levels in sub-directories: as many as every plane has. */
function subLevels(file: TiffFile, planes: readonly TiffImage[]): readonly (readonly TiffImage[])[] {
  const pyramids = planes.map((plane) =>
    decreasing(
      toImages(file.subDirectories(plane.directory)).filter((image) => !image.isMask && isLevelOf(image, plane)),
    ),
  );
  const levels = Math.min(...pyramids.map((pyramid) => pyramid.length));
  return Array.from({ length: levels }, (_, level) => pyramids.flatMap((pyramid) => pyramid.slice(level, level + 1)));
}

/** Levels in the chain: said to be reduced, or tiled and of the same shape. */
function chainLevels(images: readonly TiffImage[], base: TiffImage): readonly TiffImage[] {
  return decreasing(
    images.filter((image) => image !== base && (image.isReduced || image.isTiled) && isLevelOf(image, base)),
  );
}

function decreasing(images: readonly TiffImage[]): readonly TiffImage[] {
  const sorted = [...images].sort((a, b) => b.width - a.width);
  return sorted.filter((image, i) => i === 0 || image.width < (sorted[i - 1]?.width ?? 0));
}

/** Same kind of pixels, smaller, and of the same shape but for rounding (each side down by up to one pixel) and 1 % of padding. */
function isLevelOf(image: TiffImage, base: TiffImage): boolean {
  if (!isSameKind(image, base) || image.width >= base.width) return false;
  const expected = (base.height * image.width) / base.width;
  return Math.abs(image.height - expected) <= 1.5 + expected / image.width + expected / 100;
}

function isSameKind(a: TiffImage, b: TiffImage): boolean {
  return (
    a.samplesPerPixel === b.samplesPerPixel && a.bitsPerSample === b.bitsPerSample && a.sampleFormat === b.sampleFormat
  );
}

async function findAssociated(
  images: readonly TiffImage[],
  used: ReadonlySet<TiffImage>,
  known: ReadonlyMap<string, TiffImage>,
): Promise<ReadonlyMap<string, TiffImage>> {
  const found = new Map(known);
  for (const image of images) {
    // A short word only: descriptions of microscopes are long and mention labels of all sorts.
    if (used.has(image) || image.directory.count(TAG.imageDescription) > 64) continue;
    const name = associatedName(await image.directory.text(TAG.imageDescription));
    if (name !== undefined && !found.has(name)) found.set(name, image);
  }
  return found;
}

function area({ width, height }: TiffImage): number {
  return width * height;
}
