import { area, bounds, perimeter, type Bounds, type Geometry } from '@exact/geometry';
import type { Axes, Axis, Image } from '@exact/sdk/contract';
import { placeText, rangeText, spanText } from '../axes.ts';

export interface Measure {
  readonly name: 'position' | 'size' | 'length' | 'perimeter' | 'area' | 'vertices';
  readonly text: string;
  /** The same in micrometres, where the image is calibrated, or in what its axes are. */
  readonly real?: string;
}
type Calibrated = Pick<Image, 'width' | 'height' | 'mppX' | 'mppY' | 'axes'>;
type Format = (value: number) => string;

/** Micrometres for a level-0 pixel; nothing where the image does not say it. */
export function mppOf(image: Calibrated): { readonly x: number; readonly y: number } | undefined {
  return image.mppX === undefined ? undefined : { x: image.mppX, y: image.mppY ?? image.mppX };
}

/** Width and height along the shape's own sides, which a turned one has. */
function sizeOf(geometry: Geometry): readonly [number, number] | undefined {
  if (geometry.kind === 'box') return [geometry.width, geometry.height];
  return geometry.kind === 'ellipse' ? [2 * geometry.rx, 2 * geometry.ry] : undefined;
}

const rounded = (format: Format) => (value: number) => format(Number(value.toFixed(value >= 1000 ? 0 : 1)));

/** @param squareUm - µm² @returns in mm² from 0.1 mm² on */
export function formatArea(squareUm: number, format: Format): string {
  return squareUm >= 100_000
    ? `${format(Number((squareUm / 1e6).toPrecision(3)))} mm²`
    : `${rounded(format)(squareUm)} µm²`;
}

/** What can be said about a shape, in pixels of level 0 and in µm, or in what the axes of the image are. */
export function measuresOf(geometry: Geometry, image: Calibrated, format: Format): Measure[] {
  const { axes } = image;
  const mpp = mppOf(image);
  const round = rounded(format);
  const box = bounds(geometry, image);
  const [width, height] = sizeOf(geometry) ?? [box.maxX - box.minX, box.maxY - box.minY];
  const list: Measure[] = [
    {
      name: 'position',
      text: `${round(box.minX)}, ${round(box.minY)} px`,
      ...(mpp ? { real: `${round(box.minX * mpp.x)}, ${round(box.minY * mpp.y)} µm` } : {}),
      ...(axes ? { real: placeOn(axes, box) } : {}),
    },
  ];
  if (geometry.kind === 'point') return list;
  list.push({
    name: 'size',
    text: `${round(width)} × ${round(height)} px`,
    ...(mpp ? { real: `${round(width * mpp.x)} × ${round(height * mpp.y)} µm` } : {}),
    // of the box around it: along its own sides a turned shape has neither a time nor a frequency
    ...(axes ? { real: spanText(axes, { x: box.minX, y: box.minY }, { x: box.maxX, y: box.maxY }) } : {}),
  });
  if (geometry.kind !== 'image')
    list.push({
      name: geometry.kind === 'line' ? 'length' : 'perimeter',
      text: `${round(perimeter(geometry))} px`,
      ...(mpp ? { real: `${round(perimeter(geometry, { mpp }))} µm` } : {}),
    });
  if (geometry.kind !== 'line')
    list.push({
      name: 'area',
      text: `${round(area(geometry, { image }))} px²`,
      ...(mpp ? { real: formatArea(area(geometry, { mpp, image }), format) } : {}),
    });
  const vertices = verticesOf(geometry);
  if (vertices > 0) list.push({ name: 'vertices', text: format(vertices) });
  return list;
}

/** From when to when, and from which frequency to which; of a point, when and which. */
function placeOn({ x, y }: Axes, { minX, minY, maxX, maxY }: Bounds): string {
  const along = (axis: Axis, from: number, to: number): string =>
    from === to ? placeText(axis, from) : rangeText(axis, from, to);
  return `${along(x, minX, maxX)}, ${along(y, minY, maxY)}`;
}

function verticesOf(geometry: Geometry): number {
  if (geometry.kind === 'line') return geometry.points.length / 2;
  if (geometry.kind !== 'polygon') return 0;
  return geometry.polygons.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
}

/** Sum of the areas of shapes, in level-0 pixels and, where the image is calibrated, in µm². Shapes that overlap count twice. */
export function totalArea(
  geometries: readonly Geometry[],
  image: Calibrated,
): { readonly px: number; readonly um: number | undefined } {
  const mpp = mppOf(image);
  let px = 0;
  let um = 0;
  for (const geometry of geometries) {
    if (geometry.kind === 'point' || geometry.kind === 'line') continue;
    px += area(geometry, { image });
    if (mpp) um += area(geometry, { mpp, image });
  }
  return { px, um: mpp ? um : undefined };
}
