import type { PlaneCounts } from './parts.ts';
import { plausibleMpp } from './resolution.ts';

/** One image of an OME-XML block, as far as a viewer needs it. */
export interface OmeImage {
  readonly name: string;
  readonly sizes: PlaneCounts;
  readonly order: string;
  readonly mpp?: { readonly x: number; readonly y: number };
  /** Which directories hold which planes. */
  readonly data: readonly OmeData[];
}

interface OmeData {
  readonly ifd: number | undefined;
  readonly first: PlaneCounts;
  readonly count: number | undefined;
  /** True when the planes stand in another file of the set. */
  readonly isElsewhere: boolean;
}

const UM: Readonly<Record<string, number>> = {
  m: 1e6,
  cm: 1e4,
  mm: 1e3,
  µm: 1,
  μm: 1,
  um: 1,
  nm: 1e-3,
  pm: 1e-6,
  Å: 1e-4,
};

/**
 * Reads the images of an OME-XML block (OME-TIFF 6). By pattern, not by an XML parser: only attributes of four elements are
 * wanted, entities and nesting do not occur in them, and nothing in the block can make it expand or reach out.
 */
export function parseOme(xml: string): readonly OmeImage[] {
  const [root] = elements(xml, 'OME');
  if (root === undefined) return [];
  const uuid = attribute(root.attributes, 'UUID');
  const images: OmeImage[] = [];
  for (const image of elements(xml, 'Image')) {
    const pixels = elements(image.rest, 'Pixels')[0]?.attributes;
    if (pixels === undefined) continue;
    const size = (axis: string): number => count(attribute(pixels, `Size${axis}`)) ?? 1;
    const length = (axis: string): number =>
      Number(attribute(pixels, `PhysicalSize${axis}`) ?? NaN) *
      (UM[attribute(pixels, `PhysicalSize${axis}Unit`) ?? 'µm'] ?? NaN);
    const mpp = plausibleMpp(length('X'), length('Y'));
    images.push({
      name: attribute(image.attributes, 'Name') ?? '',
      sizes: { z: size('Z'), t: size('T'), c: size('C') },
      order: attribute(pixels, 'DimensionOrder') ?? 'XYCZT',
      ...(mpp === undefined ? {} : { mpp }),
      data: tiffData(image.rest, uuid),
    });
  }
  return images;
}

/**
 * Tells which directory holds each plane.
 *
 * @param sizes - planes of the image; channels that are samples of one directory count once
 * @returns directory numbers in the order of `planeIndex`; undefined where a plane is not in this file
 */
export function omePlanes(image: OmeImage, sizes: PlaneCounts): readonly (number | undefined)[] {
  const total = sizes.z * sizes.t * sizes.c;
  const found = new Array<number | undefined>(total).fill(undefined);
  const axes = [...image.order.slice(2).toLowerCase()].filter(
    (axis): axis is 'z' | 't' | 'c' => axis === 'z' || axis === 't' || axis === 'c',
  );
  const data =
    image.data.length > 0 ? image.data : [{ ifd: 0, first: { z: 0, t: 0, c: 0 }, count: total, isElsewhere: false }];
  for (const { ifd, first, count: planes, isElsewhere } of data) {
    if (isElsewhere) continue;
    const start = linear(first, sizes, axes);
    const n = Math.min(planes ?? (ifd === undefined ? total : 1), total - start);
    for (let i = 0; i < n; i++) {
      const { z, t, c } = unlinear(start + i, sizes, axes);
      found[z + sizes.z * (t + sizes.t * c)] = (ifd ?? 0) + i;
    }
  }
  return found;
}

function tiffData(block: string, uuid: string | undefined): readonly OmeData[] {
  return elements(block, 'TiffData').map(({ attributes, rest }) => {
    const own = rest.split(/<\/(?:\w+:)?TiffData/, 1)[0] ?? '';
    const other = attributes.endsWith('/') ? undefined : elements(own, 'UUID')[0]?.rest.split('<', 1)[0]?.trim();
    return {
      ifd: count(attribute(attributes, 'IFD')),
      first: {
        z: count(attribute(attributes, 'FirstZ')) ?? 0,
        t: count(attribute(attributes, 'FirstT')) ?? 0,
        c: count(attribute(attributes, 'FirstC')) ?? 0,
      },
      count: count(attribute(attributes, 'PlaneCount')),
      isElsewhere: other !== undefined && uuid !== undefined && other !== uuid,
    };
  });
}

/** Of one kind; more than any stack that is read has planes. */
const MAX_ELEMENTS = 4096;

interface Element {
  readonly attributes: string;
  /** What follows, up to the next element of the same name. */
  readonly rest: string;
}

/** Elements of a name. Splits once: patterns that look for the end of each element take minutes on a hostile block. */
function elements(xml: string, name: string): readonly Element[] {
  return xml
    .split(new RegExp(`<(?:\\w+:)?${name}(?=[\\s/>])`), MAX_ELEMENTS + 1)
    .slice(1)
    .flatMap((piece) => {
      const end = piece.indexOf('>');
      return end < 0 ? [] : [{ attributes: piece.slice(0, end), rest: piece.slice(end + 1) }];
    });
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}\\s*=\\s*["']([^"']*)["']`).exec(attributes)?.[1];
}

function count(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value >= 0 && value <= 1_000_000 ? value : undefined;
}

type Axis = 'z' | 't' | 'c';

function linear(at: PlaneCounts, sizes: PlaneCounts, axes: readonly Axis[]): number {
  let step = 1;
  let index = 0;
  for (const axis of axes) {
    index += at[axis] * step;
    step *= sizes[axis];
  }
  return index;
}

function unlinear(index: number, sizes: PlaneCounts, axes: readonly Axis[]): PlaneCounts {
  const at = { z: 0, t: 0, c: 0 };
  let rest = index;
  for (const axis of axes) {
    at[axis] = rest % sizes[axis];
    rest = Math.floor(rest / sizes[axis]);
  }
  return at;
}
