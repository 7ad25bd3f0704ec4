import { segmentDistance2 } from '../segments.ts';
import { GRID, type PolygonGeometry } from '../geometry.ts';
import { cleanRings } from './clean.ts';
import { forMeetingBoxes, segmentsOfRing, type Segment } from './node-segments.ts';
import { originOf, readRings, requirePositive, writePolygons, type Ring } from './rings.ts';

/**
 * Moves those stretches of a polygon's outline onto the borders of its neighbours that are within `tolerance` (level-0
 * pixels) of them. A stretch takes over the points of the neighbour one by one, so that both have the same border, with
 * neither gap nor overlap. It ends in points of the neighbour where one is near enough, otherwise on an edge of it, which on
 * the grid can be half a step off. What is farther away, inside a neighbour or outside, stays.
 *
 * @returns a clean polygon; the polygon as it was when all of it would vanish in a border
 */
export function snapToBorders(
  polygon: PolygonGeometry,
  neighbours: readonly PolygonGeometry[],
  tolerance: number,
): PolygonGeometry {
  requirePositive(tolerance, 'tolerance');
  const origin = originOf([polygon, ...neighbours].flatMap(({ polygons }) => polygons.flat()));
  const rings = readRings(polygon, origin);
  const borders = neighbours.flatMap((neighbour) => readRings(neighbour, origin));
  const snapped = snapRings(rings, borders, tolerance * GRID);
  if (!snapped) return polygon;
  return writePolygons(cleanRings(snapped), origin) ?? polygon;
}

/** A place on a border: `at` is the number of its point, with a fraction between that and the next one. */
interface Contact {
  readonly border: number;
  readonly at: number;
}

/** A point of the outline: where it was, where it goes, and what it touches there. */
interface Place {
  readonly fromX: number;
  readonly fromY: number;
  x: number;
  y: number;
  contact?: Contact;
}

/** Gives the rings with their stretches exchanged; undefined when nothing is near. */
function snapRings(rings: readonly Ring[], borders: readonly Ring[], tolerance: number): Ring[] | undefined {
  const places = findContacts(rings, borders, tolerance);
  if (!places.some((list) => list.some(({ contact }) => contact))) return undefined;
  return places.map((list) => followBorders(list, borders, tolerance)).filter((ring) => ring.length >= 6);
}

/** Gives for each ring its points, and on its edges the points of borders that are near, each with its contact. */
function findContacts(rings: readonly Ring[], borders: readonly Ring[], tolerance: number): Place[][] {
  const owner: { ring: number; edge: number }[] = [];
  const segments: Segment[] = [];
  [...rings, ...borders].forEach((ring, r) => {
    segmentsOfRing(ring).forEach((segment, i, { length }) => {
      owner.push({ ring: r, edge: (i + length - 1) % length }); // the first segment closes the ring
      segments.push(segment);
    });
  });
  const vertices = rings.map((ring) => placesOf(ring));
  const nearest = vertices.map((list) => new Float64Array(list.length).fill(Infinity));
  const added = rings.map(() => new Map<number, Map<string, { along: number; place: Place }>>());

  forMeetingBoxes(
    segments,
    (i, j) => {
      const [outline, border] = owner[i]!.ring < rings.length ? [i, j] : [j, i];
      if (owner[outline]!.ring >= rings.length || owner[border]!.ring < rings.length) return;
      const { ring, edge } = owner[outline]!;
      const number = owner[border]!.ring - rings.length;
      const side = segments[border]!;
      // Both ends of both: each edge of the outline meets its own neighbours only.
      for (const vertex of [edge, (edge + 1) % vertices[ring]!.length]) {
        const place = vertices[ring]![vertex]!;
        const found = nearestOn(side, place.fromX, place.fromY, tolerance);
        if (!found || found.rank >= nearest[ring]![vertex]!) continue;
        nearest[ring]![vertex] = found.rank;
        place.x = found.x;
        place.y = found.y;
        place.contact = contactAt(number, owner[border]!.edge, found.share, borders[number]!);
      }
      const own = segments[outline]!;
      for (const [x, y, share] of [[side.ax, side.ay, 0] as const, [side.bx, side.by, 1] as const]) {
        const found = project(own, x, y);
        if (found.distance > tolerance || found.share <= 0 || found.share >= 1) continue;
        const list = added[ring]!.get(edge) ?? new Map<string, { along: number; place: Place }>();
        const contact = contactAt(number, owner[border]!.edge, share, borders[number]!);
        const place = { fromX: found.exactX, fromY: found.exactY, x, y, contact };
        list.set(`${number}:${contact.at}`, { along: found.share, place });
        added[ring]!.set(edge, list);
      }
    },
    tolerance,
  );
  return vertices.map((list, r) =>
    list.flatMap((place, i) => {
      const between = [...(added[r]!.get(i)?.values() ?? [])].sort((a, b) => a.along - b.along);
      return [place, ...between.map((entry) => entry.place)];
    }),
  );
}

function placesOf(ring: Ring): Place[] {
  return Array.from({ length: ring.length / 2 }, (_, i) => {
    const [x, y] = [ring[2 * i]!, ring[2 * i + 1]!];
    return { fromX: x, fromY: y, x, y };
  });
}

function contactAt(border: number, edge: number, share: number, ring: Ring): Contact {
  return { border, at: (edge + share) % (ring.length / 2) };
}

interface Projection {
  readonly x: number;
  readonly y: number;
  readonly exactX: number;
  readonly exactY: number;
  readonly share: number;
  readonly distance: number;
}

/** The nearest point of a segment, on the grid and exactly. */
function project(s: Segment, x: number, y: number): Projection {
  const [dx, dy] = [s.bx - s.ax, s.by - s.ay];
  const share = Math.min(1, Math.max(0, ((x - s.ax) * dx + (y - s.ay) * dy) / (dx * dx + dy * dy)));
  const [exactX, exactY] = [s.ax + share * dx, s.ay + share * dy];
  const distance = Math.hypot(x - exactX, y - exactY);
  return { x: Math.round(exactX) + 0, y: Math.round(exactY) + 0, exactX, exactY, share, distance };
}

/**
 * Where a point of the outline goes on an edge of a border, undefined when that is too far. Corners come first, so that a
 * corner drawn near a corner meets it: the `rank` of a corner is its distance less the tolerance.
 */
function nearestOn(
  side: Segment,
  x: number,
  y: number,
  tolerance: number,
): { readonly x: number; readonly y: number; readonly share: number; readonly rank: number } | undefined {
  const toA = Math.hypot(x - side.ax, y - side.ay);
  const toB = Math.hypot(x - side.bx, y - side.by);
  if (Math.min(toA, toB) <= tolerance) {
    return toA <= toB
      ? { x: side.ax, y: side.ay, share: 0, rank: toA - tolerance }
      : { x: side.bx, y: side.by, share: 1, rank: toB - tolerance };
  }
  const found = project(side, x, y);
  return found.distance <= tolerance ? { ...found, rank: found.distance } : undefined;
}

/** Exchanges each run of places that follows one border for the border's own points. */
function followBorders(places: readonly Place[], borders: readonly Ring[], tolerance: number): Ring {
  const count = places.length;
  const steps = places.map((place, i) => followStep(place, places[(i + 1) % count]!, borders, tolerance));
  const start = steps.indexOf(undefined);
  // All of it runs along one border: it begins anywhere, and comes back to where it began.
  const first = start < 0 ? 0 : (start + 1) % count;
  const out: Ring = [];
  for (let k = 0; k < count;) {
    const from = places[(first + k) % count]!;
    push(out, from.x, from.y);
    let moved = 0;
    let isRun = false;
    for (let step = steps[(first + k) % count]; step !== undefined && k < count; step = steps[(first + k) % count]) {
      moved += step;
      isRun = true;
      k++;
    }
    if (!isRun) {
      k++;
      continue;
    }
    pushBorder(out, borders[from.contact!.border]!, from.contact!.at, moved);
    // The last place of the run is the first of what comes next; at the end of the ring it is the first of all.
  }
  while (out.length > 2 && out[0] === out[out.length - 2] && out[1] === out[out.length - 1]) out.length -= 2;
  return out;
}

/**
 * How far the border runs between two neighbouring places, in points of the border and negative when against its
 * direction; undefined when the two do not follow one border within the tolerance.
 */
function followStep(a: Place, b: Place, borders: readonly Ring[], tolerance: number): number | undefined {
  if (!a.contact || !b.contact || a.contact.border !== b.contact.border) return undefined;
  const ring = borders[a.contact.border]!;
  const count = ring.length / 2;
  const forward = (b.contact.at - a.contact.at + count) % count;
  const options = forward <= count / 2 ? [forward, forward - count] : [forward - count, forward];
  return options.find((move) => {
    for (const vertex of between(a.contact!.at, move, count)) {
      const [x, y] = [ring[2 * vertex]!, ring[2 * vertex + 1]!];
      const distance2 = segmentDistance2(x, y, a.fromX, a.fromY, b.fromX, b.fromY);
      if (distance2 > tolerance * tolerance) return false;
    }
    return true;
  });
}

/** The numbers of the points of a border strictly between a place and the one `move` further on. */
function* between(at: number, move: number, count: number): Generator<number> {
  if (move > 0) for (let i = Math.floor(at) + 1; i < at + move; i++) yield ((i % count) + count) % count;
  else for (let i = Math.ceil(at) - 1; i > at + move; i--) yield ((i % count) + count) % count;
}

function pushBorder(out: Ring, border: Ring, at: number, move: number): void {
  for (const vertex of between(at, move, border.length / 2)) push(out, border[2 * vertex]!, border[2 * vertex + 1]!);
}

function push(ring: Ring, x: number, y: number): void {
  if (ring[ring.length - 2] !== x || ring[ring.length - 1] !== y) ring.push(x, y);
}
