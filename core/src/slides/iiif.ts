import { InvalidRequestError } from '@exact/sdk/contract';
import type { ImagePixels } from './pixel-index.ts';
import { type Region, REGION_MAX_SIDE } from './region.ts';

type Size = Pick<ImagePixels, 'width' | 'height'>;

export interface IiifRequest {
  readonly region: string;
  readonly size: string;
  readonly rotation: string;
  readonly format: string;
}

/** `info.json` of IIIF Image API 3.0, level 1. @param id - address of the image without `/info.json` */
export function iiifInfo(id: string, { width, height }: Size): string {
  const scaleFactors: number[] = [];
  for (let factor = 1; factor === 1 || Math.max(width, height) / factor > 128; factor *= 2) scaleFactors.push(factor);
  return JSON.stringify({
    '@context': 'http://iiif.io/api/image/3/context.json',
    id,
    type: 'ImageService3',
    protocol: 'http://iiif.io/api/image',
    profile: 'level1',
    width,
    height,
    maxWidth: REGION_MAX_SIDE,
    maxHeight: REGION_MAX_SIDE,
    tiles: [{ width: 256, scaleFactors }],
    extraFeatures: [
      'regionByPct',
      'regionByPx',
      'regionSquare',
      'sizeByW',
      'sizeByH',
      'sizeByWh',
      'sizeByPct',
      'sizeByConfinedWh',
    ],
  });
}

/**
 * Reads the parts of an IIIF address.
 *
 * @throws InvalidRequestError with the part that is wrong; upscaling (`^`), rotation and other formats than JPEG are not offered
 */
export function parseIiif(image: Size, { region, size, rotation, format }: IiifRequest): Region {
  if (Number(rotation) !== 0 || rotation.trim() === '') throw wrong('rotation', '0 is the only one offered');
  if (format !== 'default.jpg') throw wrong('format', 'default.jpg is the only one offered');
  const area = parseRegion(image, region);
  return { ...area, ...parseSize(area, size) };
}

function parseRegion({ width, height }: Size, text: string): { x: number; y: number; width: number; height: number } {
  if (text === 'full') return { x: 0, y: 0, width, height };
  if (text === 'square') {
    const side = Math.min(width, height);
    return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), width: side, height: side };
  }
  const isPct = text.startsWith('pct:');
  const numbers = (isPct ? text.slice(4) : text)
    .split(',')
    .map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : NaN));
  const [x = NaN, y = NaN, w = NaN, h = NaN] = numbers;
  if (numbers.length !== 4 || numbers.some((n) => Number.isNaN(n) || (!isPct && !Number.isInteger(n))))
    throw wrong('region', 'full, square, x,y,w,h or pct:x,y,w,h');
  const px = isPct
    ? [(x * width) / 100, (y * height) / 100, (w * width) / 100, (h * height) / 100].map(Math.round)
    : [x, y, w, h];
  const [left = 0, top = 0, areaWidth = 0, areaHeight = 0] = px;
  const inside = {
    x: left,
    y: top,
    width: Math.min(areaWidth, width - left),
    height: Math.min(areaHeight, height - top),
  };
  if (inside.width <= 0 || inside.height <= 0)
    throw wrong('region', `must touch the image of ${width} × ${height} pixels`);
  return inside;
}

function parseSize(area: Size, text: string): { outWidth: number; outHeight: number } {
  const found = sizeOf(area, text);
  if (!found) throw wrong('size', 'max, w, | ,h | w,h | !w,h or pct:n');
  const outWidth = Math.max(1, Math.round(found.width));
  const outHeight = Math.max(1, Math.round(found.height));
  if (outWidth > area.width || outHeight > area.height)
    throw wrong('size', `must not be larger than the region (${area.width} × ${area.height})`);
  if (Math.max(outWidth, outHeight) > REGION_MAX_SIDE)
    throw wrong('size', `must not be above ${REGION_MAX_SIDE} pixels a side`);
  return { outWidth, outHeight };
}

function sizeOf({ width, height }: Size, text: string): Size | undefined {
  const scaled = (scale: number): Size => ({ width: width * scale, height: height * scale });
  if (text === 'max') return scaled(Math.min(1, REGION_MAX_SIDE / Math.max(width, height)));
  const pct = /^pct:(\d+(?:\.\d+)?)$/.exec(text);
  if (pct && Number(pct[1]) > 0) return scaled(Number(pct[1]) / 100);
  const [, confined, w, h] = /^(!?)(\d{0,6}),(\d{0,6})$/.exec(text) ?? [];
  const wide = Number(w);
  const high = Number(h);
  if (wide > 0 && high > 0)
    return confined ? scaled(Math.min(wide / width, high / height, 1)) : { width: wide, height: high };
  if (confined) return undefined;
  if (wide > 0) return scaled(wide / width);
  return high > 0 ? scaled(high / height) : undefined;
}

function wrong(part: string, allowed: string): Error {
  return new InvalidRequestError({ fields: [{ path: `params.${part}`, message: `allowed: ${allowed}` }] });
}
