import type { PolygonGeometry } from '../geometry.ts';
import { ringArea2 } from '../orient.ts';
import { arrange, type Piece } from './arrangement.ts';
import { originOf, readPoints, readRings, writePolygons, type Ring } from './rings.ts';

/**
 * Cuts a polygon along an open line. The pieces share every point of the cut, so there is neither gap nor sliver, and their
 * areas add up to the whole. Where the line ends inside, or ties an outline to a hole only once, it cuts nothing; a
 * line that crosses itself inside cuts out its loops.
 *
 * @param line - flat, in level-0 pixels
 * @returns the pieces, the largest first; parts of the polygon that the line does not cut stay with the largest piece.
 *          The polygon alone when the line cuts nothing. Never empty, unless the polygon covers nothing.
 */
export function splitByLine(polygon: PolygonGeometry, line: readonly number[]): PolygonGeometry[] {
  const origin = originOf([...polygon.polygons.flat(), line]);
  const pieces = arrange(readRings(polygon, origin), [readPoints(line, origin, '/line')]);
  const cut = pieces.filter(({ isCut }) => isCut).sort((a, b) => areaOf(b) - areaOf(a));
  const whole = pieces.filter(({ isCut }) => !isCut).map(({ rings }) => rings);
  if (cut.length === 0) return [polygon];
  const groups = cut.map(({ rings }, i) => (i === 0 ? [rings, ...whole] : [rings]));
  return groups.flatMap((group) => writePolygons(group, origin) ?? []);
}

/** Twice the area; the rings are oriented, so holes count negative. */
function areaOf({ rings }: Piece): number {
  return rings.reduce((sum: number, ring: Ring) => sum + ringArea2(ring), 0);
}
