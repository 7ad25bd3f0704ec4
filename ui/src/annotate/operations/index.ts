import { intersect, merge, subtract } from './combine.ts';
import { duplicate, toPolygons } from './convert.ts';
import type { Operation } from './operation.ts';
import { fillHoles, removeSmall, simplify, smooth } from './refine.ts';

/** What can be done to selected shapes at a stroke, by the name that its command and its step have. */
export const OPERATIONS = {
  merge,
  subtract,
  intersect,
  simplify,
  smooth,
  fillHoles,
  removeSmall,
  toPolygons,
  duplicate,
} as const satisfies Readonly<Record<string, Operation>>;
export type OperationName = keyof typeof OPERATIONS;

export { isArea, runOperation, type Note, type Operation, type OperationInput, type Outcome } from './operation.ts';
export { SMALL_PX } from './refine.ts';
