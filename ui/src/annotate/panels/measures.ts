import { area, bounds, perimeter, type Geometry } from '@exact/geometry';
import type { Image } from '@exact/sdk/contract';

export interface Measure {
  readonly name: 'position' | 'size' | 'length' | 'area' | 'vertices';
  readonly text: string;
  /** The same in micrometres, where the image is calibrated. */
  readonly real?: string;
}

/** Width and height along the shape's own sides, which a turned one has. */
function sizeOf(geometry: Geometry): readonly [number, number] | undefined {
  if (geometry.kind === 'box') return [geometry.width, geometry.height];
  return geometry.kind === 'ellipse' ? [2 * geometry.rx, 2 * geometry.ry] : undefined;
}

/** What can be said about a shape, in pixels of level 0 and in µm. */
export function measuresOf(
  geometry: Geometry,
  image: Pick<Image, 'width' | 'height' | 'mppX' | 'mppY'>,
  format: (value: number) => string,
): Measure[] {
  const mpp = image.mppX === undefined ? undefined : { x: image.mppX, y: image.mppY ?? image.mppX };
  const round = (value: number): string => format(Number(value.toFixed(value >= 1000 ? 0 : 1)));
  const box = bounds(geometry, image);
  const [width, height] = sizeOf(geometry) ?? [box.maxX - box.minX, box.maxY - box.minY];
  const list: Measure[] = [
    {
      name: 'position',
      text: `${round(box.minX)}, ${round(box.minY)} px`,
      ...(mpp ? { real: `${round(box.minX * mpp.x)}, ${round(box.minY * mpp.y)} µm` } : {}),
    },
  ];
  if (geometry.kind === 'point') return list;
  list.push({
    name: 'size',
    text: `${round(width)} × ${round(height)} px`,
    ...(mpp ? { real: `${round(width * mpp.x)} × ${round(height * mpp.y)} µm` } : {}),
  });
  if (geometry.kind === 'line') {
    list.push({
      name: 'length',
      text: `${round(perimeter(geometry))} px`,
      ...(mpp ? { real: `${round(perimeter(geometry, { mpp }))} µm` } : {}),
    });
  } else {
    const real = mpp && area(geometry, { mpp, image });
    const inMm = real !== undefined && real >= 100_000;
    list.push({
      name: 'area',
      text: `${round(area(geometry, { image }))} px²`,
      ...(real === undefined
        ? {}
        : { real: inMm ? `${format(Number((real / 1e6).toPrecision(3)))} mm²` : `${round(real)} µm²` }),
    });
  }
  const vertices =
    geometry.kind === 'line'
      ? geometry.points.length / 2
      : geometry.kind === 'polygon'
        ? geometry.polygons.flat().reduce((sum, ring) => sum + ring.length / 2, 0)
        : 0;
  if (vertices > 0) list.push({ name: 'vertices', text: format(vertices) });
  return list;
}
