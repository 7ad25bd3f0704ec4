import { ClipType, FillRule, type Path64, type Paths64 } from 'clipper2-ts/dist/Core.js';
import { Clipper64 } from 'clipper2-ts/dist/Engine.js';
import { ClipperOffset, EndType, JoinType } from 'clipper2-ts/dist/Offset.js';

import { GeometryError } from '../errors.ts';
import type { Ring } from './rings.ts';

// The only file that knows Clipper2, so that it can be exchanged. Everything goes in and out as flat whole grid steps. Its
// modules are taken one by one: bundlers cannot leave out what its index names, among that triangulation.

export type ClipOperation = 'union' | 'subtract' | 'intersect';

const TYPES: Readonly<Record<ClipOperation, ClipType>> = {
  union: ClipType.Union,
  subtract: ClipType.Difference,
  intersect: ClipType.Intersection,
};

/**
 * Clips oriented rings. What comes back is oriented, too, but not always clean: rounding may leave rings that cross or
 * overlap by a grid step (Clipper2 says so of itself), which `cleanRings` mends.
 */
export function clip(operation: ClipOperation, subject: readonly Ring[], other: readonly Ring[] = []): Ring[] {
  const clipper = new Clipper64();
  clipper.preserveCollinear = false;
  clipper.addSubject(subject.map(toPath));
  if (other.length > 0) clipper.addClip(other.map(toPath));
  const solution: Paths64 = [];
  if (!clipper.execute(TYPES[operation], FillRule.NonZero, solution)) {
    throw new GeometryError(
      'GEOMETRY_SELF_CROSSING',
      `The shapes could not be worked out (${operation}). Move one of them a little.`,
    );
  }
  return solution.map(toRing);
}

/** Moves outlines by `distance` grid steps to the outside (to the inside when negative); arcs are exact to `tolerance`. */
export function offsetRings(rings: readonly Ring[], distance: number, tolerance: number): Ring[] {
  return runOffset(rings, distance, tolerance, EndType.Polygon);
}

/** Gives the outline of a round pen of `radius` grid steps that went along a line (or stood in one point). */
export function offsetLine(line: readonly number[], radius: number, tolerance: number): Ring[] {
  return runOffset([line], radius, tolerance, EndType.Round);
}

function runOffset(paths: readonly (readonly number[])[], distance: number, tolerance: number, end: EndType): Ring[] {
  const offset = new ClipperOffset(2, tolerance);
  offset.addPaths(paths.map(toPath), JoinType.Round, end);
  const solution: Paths64 = [];
  offset.execute(distance, solution);
  return solution.map(toRing);
}

function toPath(points: readonly number[]): Path64 {
  const path = new Array<{ x: number; y: number }>(points.length / 2);
  for (let i = 0; i < points.length; i += 2) path[i / 2] = { x: points[i]!, y: points[i + 1]! };
  return path;
}

function toRing(path: Path64): Ring {
  const ring = new Array<number>(2 * path.length);
  path.forEach(({ x, y }, i) => {
    ring[2 * i] = x;
    ring[2 * i + 1] = y;
  });
  return ring;
}
