import { GRID, type Geometry } from './geometry.ts';
import { ANGLE_STEPS, toAngleSteps, toGrid } from './grid.ts';

/**
 * Moves every coordinate to the nearest point of the 1/256 px grid and every angle to 1e-6 rad within half a turn.
 *
 * Snapping twice changes nothing. An angle of 0 is left out. Makes no checks: sizes may become 0 and rings may fold;
 * for data from outside take `checkGeometry`, which snaps as it checks.
 */
export function snap(geometry: Geometry): Geometry {
  switch (geometry.kind) {
    case 'point':
      return { kind: 'point', x: snapNumber(geometry.x), y: snapNumber(geometry.y) };
    case 'box': {
      const { x, y, width, height, angle } = geometry;
      const box = { x: snapNumber(x), y: snapNumber(y), width: snapNumber(width), height: snapNumber(height) };
      return { kind: 'box', ...box, ...snapAngle(angle) };
    }
    case 'ellipse': {
      const { cx, cy, rx, ry, angle } = geometry;
      const ellipse = { cx: snapNumber(cx), cy: snapNumber(cy), rx: snapNumber(rx), ry: snapNumber(ry) };
      return { kind: 'ellipse', ...ellipse, ...snapAngle(angle) };
    }
    case 'line':
      return { kind: 'line', points: geometry.points.map(snapNumber) };
    case 'polygon':
      return { kind: 'polygon', polygons: geometry.polygons.map((rings) => rings.map((ring) => ring.map(snapNumber))) };
    case 'image':
      return { kind: 'image' };
  }
}

function snapNumber(px: number): number {
  return toGrid(px) / GRID;
}

/** Gives the snapped angle as a property to spread, or none when it is 0. */
function snapAngle(angleRad: number | undefined): { angle?: number } {
  const steps = angleRad === undefined ? 0 : toAngleSteps(angleRad);
  return steps === 0 ? {} : { angle: steps / ANGLE_STEPS };
}
