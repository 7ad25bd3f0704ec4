import { GeometryError, type GeometryErrorCode } from './errors.ts';
import { GEOMETRY_KINDS, GRID, type Geometry } from './geometry.ts';
import { ANGLE_STEPS, MAX_COORDINATE, MAX_RINGS, MAX_VERTICES, toAngleSteps, toGrid } from './grid.ts';
import { intersectsBox } from './hit.ts';
import { orient, ringArea2 } from './orient.ts';
import { findRingConflict } from './ring-conflict.ts';

/** A clean geometry, or why there is none. `path` is a JSON pointer into the checked value. */
export type GeometryCheck =
  | { readonly ok: true; readonly geometry: Geometry }
  | { readonly ok: false; readonly code: GeometryErrorCode; readonly message: string; readonly path: string };

/**
 * Checks a value from outside (parsed JSON) and gives it back as a clean geometry.
 *
 * Clean means: only the known properties, all numbers on the grid, |coordinate| ≤ 2^21 px, sizes above 0, no point
 * twice in a row, no repeated first point at the end of a ring, outlines clockwise on the screen and holes the other way,
 * no ring that crosses itself or another one of its polygon, holes inside their outline. Rings may touch in points.
 * The polygons of one geometry may overlap each other. Checking twice changes nothing.
 *
 * Never throws. O(n log n) in the number of points, at most 100,000 of which are accepted.
 */
export function checkGeometry(value: unknown): GeometryCheck {
  return asCheck(() => readGeometry(value));
}

/**
 * Checks that a geometry lies at least partly inside an image of that size (level-0 pixels); its border counts.
 * The code is `GEOMETRY_OUTSIDE_IMAGE`. The whole-image geometry always passes.
 */
export function checkInsideImage(geometry: Geometry, width: number, height: number): GeometryCheck {
  if (intersectsBox(geometry, { minX: 0, minY: 0, maxX: width, maxY: height })) return { ok: true, geometry };
  const message = `The ${geometry.kind} lies outside the image of ${width} × ${height} px. Move it so that a part is inside.`;
  return { ok: false, code: 'GEOMETRY_OUTSIDE_IMAGE', message, path: '' };
}

function asCheck(read: () => Geometry): GeometryCheck {
  try {
    return { ok: true, geometry: read() };
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error;
    return { ok: false, code: error.code, message: error.message, path: error.path };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readGeometry(value: unknown): Geometry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GeometryError('GEOMETRY_KIND', `A geometry is an object with a "kind", not ${show(value)}.`);
  }
  const fields = value as Fields;
  switch (fields['kind']) {
    case 'point':
      return {
        kind: 'point',
        x: readCoordinate(fields['x'], '/x') / GRID,
        y: readCoordinate(fields['y'], '/y') / GRID,
      };
    case 'box':
      return readBox(fields);
    case 'ellipse':
      return readEllipse(fields);
    case 'line':
      return readLine(fields);
    case 'polygon':
      return readPolygon(fields);
    case 'image':
      return { kind: 'image' };
    default:
      throw new GeometryError(
        'GEOMETRY_KIND',
        `There is no geometry of kind ${show(fields['kind'])}. Known kinds: ${GEOMETRY_KINDS.join(', ')}.`,
        '/kind',
      );
  }
}

function readBox(fields: Fields): Geometry {
  const x = readCoordinate(fields['x'], '/x');
  const y = readCoordinate(fields['y'], '/y');
  const width = readSize(fields['width'], '/width');
  const height = readSize(fields['height'], '/height');
  checkRange(x + width, '/width', 'The right edge of the box');
  checkRange(y + height, '/height', 'The lower edge of the box');
  const angle = readAngle(fields['angle']);
  const box = { kind: 'box', x: x / GRID, y: y / GRID, width: width / GRID, height: height / GRID } as const;
  return angle === 0 ? box : { ...box, angle };
}

function readEllipse(fields: Fields): Geometry {
  const cx = readCoordinate(fields['cx'], '/cx');
  const cy = readCoordinate(fields['cy'], '/cy');
  const rx = readSize(fields['rx'], '/rx');
  const ry = readSize(fields['ry'], '/ry');
  checkRange(Math.abs(cx) + rx, '/rx', 'The edge of the ellipse');
  checkRange(Math.abs(cy) + ry, '/ry', 'The edge of the ellipse');
  const angle = readAngle(fields['angle']);
  const ellipse = { kind: 'ellipse', cx: cx / GRID, cy: cy / GRID, rx: rx / GRID, ry: ry / GRID } as const;
  return angle === 0 ? ellipse : { ...ellipse, angle };
}

function readLine(fields: Fields): Geometry {
  const points = readPoints(fields['points'], '/points', MAX_VERTICES);
  if (points.length < 4) throw tooFewPoints('A line', 2, points, '/points');
  return { kind: 'line', points: toPixels(points) };
}

function readPolygon(fields: Fields): Geometry {
  const list = readList(fields['polygons'], '/polygons', 'a list of polygons, each a list of rings');
  let vertices = 0;
  let rings = 0;
  const polygons: number[][][] = [];
  for (let p = 0; p < list.length; p++) {
    const path = `/polygons/${p}`;
    const ringList = readList(list[p], path, 'a list of rings, the outline first');
    rings += ringList.length;
    if (rings > MAX_RINGS) {
      const message = `The geometry has more than ${MAX_RINGS} rings. Split it into several annotations.`;
      throw new GeometryError('GEOMETRY_TOO_LARGE', message, path);
    }
    const clean: number[][] = [];
    for (let r = 0; r < ringList.length; r++) {
      const points = ringList[r];
      clean.push(readRing(points, `${path}/${r}`, MAX_VERTICES - vertices));
      vertices += (points as readonly unknown[]).length / 2;
    }
    checkRings(clean, path);
    polygons.push(clean.map(toPixels));
  }
  return { kind: 'polygon', polygons };
}

/** Reads a ring into grid steps: no point twice in a row, not closed, at least three points, not all on one line. */
function readRing(value: unknown, path: string, verticesLeft: number): number[] {
  const ring = readPoints(value, path, verticesLeft);
  while (ring.length > 2 && ring[0] === ring.at(-2) && ring[1] === ring.at(-1)) ring.length -= 2;
  if (ring.length < 6) throw tooFewPoints('A ring', 3, ring, path);
  if (ringArea2(ring) === 0 && isFlat(ring)) {
    const message = `All ${ring.length / 2} points of the ring lie on one line, so its area is 0. Draw it as a line instead.`;
    throw new GeometryError('GEOMETRY_ZERO_AREA', message, path);
  }
  return ring;
}

/** Tells a ring without extent from a figure of eight, whose areas also cancel out, but which crosses itself. */
function isFlat(ring: readonly number[]): boolean {
  // Neighbours differ and a ring has three points, so these four indices exist.
  for (let i = 4; i < ring.length; i += 2) {
    if (orient(ring[0]!, ring[1]!, ring[2]!, ring[3]!, ring[i]!, ring[i + 1]!) !== 0) return false;
  }
  return true;
}

/** Refuses rings that cross, then turns the outline clockwise and the holes the other way. */
function checkRings(rings: readonly number[][], path: string): void {
  const conflict = findRingConflict(rings);
  if (conflict) {
    const place = `(${conflict.x / GRID}, ${conflict.y / GRID})`;
    const ringPath = `${path}/${conflict.ring}`;
    if (conflict.problem === 'hole outside') {
      const message = `The hole that begins at ${place} does not lie inside the outline. Move it inside, or make it a polygon of its own.`;
      throw new GeometryError('GEOMETRY_HOLE_OUTSIDE', message, ringPath);
    }
    const message = `The outline crosses or overlaps itself near ${place}. Move the points there so that its edges no longer meet, or split the shape.`;
    throw new GeometryError('GEOMETRY_SELF_CROSSING', message, ringPath);
  }
  rings.forEach((ring, r) => {
    if (ringArea2(ring) > 0 !== (r === 0)) reverse(ring);
  });
}

/** Turns a flat ring round. Its first point stays the first, so that clean rings do not move when checked again. */
function reverse(ring: number[]): void {
  for (let i = 2, j = ring.length - 2; i < j; i += 2, j -= 2) {
    [ring[i], ring[j]] = [ring[j]!, ring[i]!];
    [ring[i + 1], ring[j + 1]] = [ring[j + 1]!, ring[i + 1]!];
  }
}

/** Reads flat points into grid steps, without those that repeat the one before. */
function readPoints(value: unknown, path: string, verticesLeft: number): number[] {
  const flat = readList(value, path, 'a flat list of numbers: x0, y0, x1, y1, …', true);
  if (flat.length > 2 * verticesLeft) {
    const message = `The geometry has more than ${MAX_VERTICES} points. Simplify it or split it into several annotations.`;
    throw new GeometryError('GEOMETRY_TOO_LARGE', message, path);
  }
  if (flat.length % 2 !== 0) {
    const message = `The list has ${flat.length} numbers; x0, y0, x1, y1, … needs an even number of them.`;
    throw new GeometryError('GEOMETRY_NUMBER', message, path);
  }
  const points: number[] = [];
  let lastX = NaN;
  let lastY = NaN;
  for (let i = 0; i < flat.length; i += 2) {
    // The pointer is made only for what fails: nearly nothing does, and strings cost more than the check.
    const x = isCoordinate(flat[i]) ? toGrid(flat[i] as number) : readCoordinate(flat[i], `${path}/${i}`);
    const y = isCoordinate(flat[i + 1])
      ? toGrid(flat[i + 1] as number)
      : readCoordinate(flat[i + 1], `${path}/${i + 1}`);
    if (x === lastX && y === lastY) continue;
    points.push(x, y);
    lastX = x;
    lastY = y;
  }
  return points;
}

function readList(value: unknown, path: string, what: string, isPoints = false): readonly unknown[] {
  if (!Array.isArray(value)) throw new GeometryError('GEOMETRY_KIND', `Expected ${what}; got ${show(value)}.`, path);
  if (value.length === 0 && !isPoints) {
    throw new GeometryError('GEOMETRY_EMPTY', `The list is empty; expected ${what}.`, path);
  }
  return value as readonly unknown[];
}

function isCoordinate(value: unknown): boolean {
  return typeof value === 'number' && value >= -MAX_COORDINATE && value <= MAX_COORDINATE;
}

function readCoordinate(value: unknown, path: string): number {
  const steps = toGrid(readNumber(value, path));
  checkRange(steps, path, 'The coordinate');
  return steps;
}

function readSize(value: unknown, path: string): number {
  const steps = toGrid(readNumber(value, path));
  if (steps > 0) return steps;
  const message = `${path.slice(1)} is ${show(value)}; it must be at least 1/256 px.`;
  throw new GeometryError('GEOMETRY_EMPTY', message, path);
}

function readAngle(value: unknown): number {
  return value === undefined ? 0 : toAngleSteps(readNumber(value, '/angle')) / ANGLE_STEPS;
}

function readNumber(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new GeometryError('GEOMETRY_NUMBER', `Expected a finite number at ${path}; got ${show(value)}.`, path);
}

function checkRange(steps: number, path: string, what: string): void {
  if (Math.abs(steps) <= MAX_COORDINATE * GRID) return;
  const message = `${what} is ${steps / GRID} px; coordinates run from -${MAX_COORDINATE} to ${MAX_COORDINATE} level-0 pixels.`;
  throw new GeometryError('GEOMETRY_OUT_OF_RANGE', message, path);
}

function tooFewPoints(what: string, min: number, points: readonly number[], path: string): GeometryError {
  const message = `${what} needs at least ${min} different points; there are ${points.length / 2}. Add points or draw a point instead.`;
  return new GeometryError('GEOMETRY_TOO_FEW_POINTS', message, path);
}

function toPixels(steps: readonly number[]): number[] {
  return steps.map((step) => step / GRID);
}

/** Shows a value from outside in a message, short whatever it is. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
