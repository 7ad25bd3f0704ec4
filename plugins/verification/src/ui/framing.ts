import { type Bounds, centroid, type Geometry, scale, translate } from '@exact/geometry';

/** An object fills at most this part of what is shown, so that one sees what it lies in. */
const SHARE = 1 / 3;
/** Small objects are not enlarged beyond recognition: at least so much of the slide is shown, level-0 pixels. */
const LEAST_PX = 480;

/** What to show of an object: itself in the middle, with its surroundings. */
export function frameOf([minX, minY, maxX, maxY]: readonly [number, number, number, number]): Bounds {
  const [width, height] = [maxX - minX, maxY - minY];
  const side = Math.max(LEAST_PX, width / SHARE, height / SHARE);
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2];
  return { minX: x - side / 2, minY: y - side / 2, maxX: x + side / 2, maxY: y + side / 2 };
}

/** Ways to change a shape by keys. */
export type ShapeStep = 'left' | 'right' | 'up' | 'down' | 'larger' | 'smaller';

const MOVES: Readonly<Partial<Record<ShapeStep, readonly [number, number]>>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
const GROWTH = 1.05;

/** @param stepPx - length of a move, level-0 pixels */
export function changeShape(geometry: Geometry, step: ShapeStep, stepPx: number): Geometry {
  const move = MOVES[step];
  if (move) return translate(geometry, move[0] * stepPx, move[1] * stepPx);
  if (geometry.kind === 'point' || geometry.kind === 'image') return geometry;
  const { x, y } = centroid(geometry);
  return scale(geometry, step === 'larger' ? GROWTH : 1 / GROWTH, x, y);
}
