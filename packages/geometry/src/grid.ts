import { GRID } from './geometry.ts';

/** Largest coordinate, in level-0 pixels, to either side of 0. In grid steps that is 2^29, so all sums fit 32 bits. */
export const MAX_COORDINATE = 2 ** 21;
/** Largest number of points in one geometry, all rings together. */
export const MAX_VERTICES = 100_000;
/** Largest number of rings in one geometry, all polygons together. */
export const MAX_RINGS = 10_000;
/** Steps of an angle in one radian. */
export const ANGLE_STEPS = 1_000_000;

const TURN = 2 * Math.PI;
const HALF_TURN_STEPS = Math.round(Math.PI * ANGLE_STEPS);

/** Gives the nearest grid step of a coordinate in pixels: an integer, never -0. */
export function toGrid(px: number): number {
  return Math.round(px * GRID) + 0;
}

/** Gives the nearest angle step within half a turn, so that equal directions have (nearly always) equal numbers. */
export function toAngleSteps(angleRad: number): number {
  const steps = Math.round(angleRad * ANGLE_STEPS) + 0;
  // Half a turn is no whole number of steps: what already lies inside stays as it is, else snapping twice would move it.
  if (steps >= -HALF_TURN_STEPS && steps <= HALF_TURN_STEPS) return steps;
  const rest = angleRad % TURN;
  const nearest = rest > Math.PI ? rest - TURN : rest < -Math.PI ? rest + TURN : rest;
  return Math.round(nearest * ANGLE_STEPS) + 0;
}
