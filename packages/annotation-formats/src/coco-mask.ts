import { GeometryError, MAX_COORDINATE, type PolygonGeometry } from '@exact/geometry';
import { traceMask } from '@exact/geometry/ops';
import { isObject } from './content.ts';
import { show } from './format-error.ts';

/** Largest box about the set pixels of a mask that is outlined. */
export const MAX_MASK_PIXELS = 64 * 1024 * 1024;
const MAX_RUNS = 4_000_000;

type Failure = { readonly code: string; readonly message: string };
export type MaskOutline = { readonly polygon: PolygonGeometry } | Failure;

const fail = (message: string): Failure => ({ code: 'MASK_INVALID', message });

/**
 * Outlines a run-length encoded mask of COCO: `{ size: [height, width], counts }`, runs of 0 and 1 in turns, **column by column**;
 * counts as numbers, or as text in the compressed form of the COCO API. Only the box about the set pixels is laid out: masks of
 * whole slides cost no more than their objects.
 */
export function outlineMask(value: unknown): MaskOutline {
  if (!isObject(value)) return fail(`the segmentation is ${show(value)}; it must be a list of polygons or a mask`);
  const { size, counts } = value;
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) > 0 && (side as number) <= MAX_COORDINATE;
  if (!Array.isArray(size) || size.length !== 2 || !isSide(size[0]) || !isSide(size[1]))
    return fail(`the size of the mask is ${show(size)}; it must be [height, width]`);
  const [height, width] = size as [number, number];
  const runs = readRuns(counts);
  if ('code' in runs) return runs;
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (total !== height * width)
    return fail(`the runs of the mask hold ${total} pixels, but ${height} × ${width} has ${height * width}`);
  const box = boxOf(runs, height);
  if (!box) return fail('no pixel of the mask is set');
  const [columns, rows] = [box.maxX - box.minX + 1, box.maxY - box.minY + 1];
  if (columns * rows > MAX_MASK_PIXELS)
    return {
      code: 'MASK_TOO_LARGE',
      message: `the mask covers ${columns} × ${rows} pixels; at most ${MAX_MASK_PIXELS} are outlined`,
    };
  const bits = new Uint8Array(columns * rows);
  eachSetRun(runs, (from, length) => {
    for (let i = from; i < from + length; i++)
      bits[((i % height) - box.minY) * columns + Math.floor(i / height) - box.minX] = 1;
  });
  try {
    const polygon = traceMask(bits, columns, rows, { x: box.minX, y: box.minY });
    return polygon ? { polygon } : fail('no pixel of the mask is set');
  } catch (error) {
    if (error instanceof GeometryError) return { code: error.code, message: error.message };
    throw error;
  }
}

function readRuns(counts: unknown): readonly number[] | Failure {
  if (typeof counts === 'string') return decompress(counts);
  if (!Array.isArray(counts))
    return fail(`the counts of the mask are ${show(counts)}; they must be numbers or compressed text`);
  const wrong: unknown = counts.find((run) => !Number.isSafeInteger(run) || (run as number) < 0);
  if (counts.length > MAX_RUNS) return fail(`the mask has ${counts.length} runs; at most ${MAX_RUNS} are read`);
  return wrong === undefined
    ? (counts as number[])
    : fail(`a run of the mask is ${show(wrong)}; it must be a whole number`);
}

/**
 * Numbers of five bits a character from `0` on, low bits first, bit 5 says that more follow; signed; from the fourth run on the
 * difference to the run two before.
 */
function decompress(text: string): readonly number[] | Failure {
  const runs: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    let bits: number;
    do {
      bits = text.charCodeAt(at) - 48;
      if (!(bits >= 0 && bits < 64) || shift > 40)
        return fail(
          `the compressed counts hold ${show(text.slice(at, at + 5))} at character ${at + 1}, or end in a number`,
        );
      value += (bits & 31) * 2 ** shift;
      shift += 5;
      at += 1;
    } while (bits & 32);
    if (bits & 16) value -= 2 ** shift;
    if (runs.length > 2) value += runs[runs.length - 2]!;
    if (value < 0) return fail(`the compressed counts give a run of ${value} pixels`);
    if (runs.length === MAX_RUNS) return fail(`the mask has more than ${MAX_RUNS} runs`);
    runs.push(value);
  }
  return runs;
}

function eachSetRun(runs: readonly number[], take: (from: number, length: number) => void): void {
  let from = 0;
  runs.forEach((length, i) => {
    if (i % 2 === 1 && length > 0) take(from, length);
    from += length;
  });
}

function boxOf(
  runs: readonly number[],
  height: number,
): { minX: number; minY: number; maxX: number; maxY: number } | undefined {
  let box: { minX: number; minY: number; maxX: number; maxY: number } | undefined;
  eachSetRun(runs, (from, length) => {
    const to = from + length - 1;
    const [first, last] = [Math.floor(from / height), Math.floor(to / height)];
    const [top, bottom] = first === last ? [from % height, to % height] : [0, height - 1];
    box = box
      ? {
          minX: Math.min(box.minX, first),
          minY: Math.min(box.minY, top),
          maxX: Math.max(box.maxX, last),
          maxY: Math.max(box.maxY, bottom),
        }
      : { minX: first, minY: top, maxX: last, maxY: bottom };
  });
  return box;
}
