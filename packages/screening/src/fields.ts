import type { Bounds } from '@exact/geometry';
import { ScreeningError } from './error.ts';

/** Shared part of neighbouring fields unless the plan says otherwise: Marzahl et al. 2021, screening mode. */
export const DEFAULT_OVERLAP = 0.15;
/** Most overlap: above it, fields would mostly show again what was just seen. */
export const MAX_OVERLAP = 0.5;
/** Most fields in a plan. A slide of 200,000 × 100,000 px in fields of 1,100 × 800 px has 31,600. */
export const MAX_FIELDS = 50_000;

/** `serpentine`: every second row backwards, so that the next field always touches the last one · `rows`: each from the left. */
export const FIELD_ORDERS = ['serpentine', 'rows'] as const;
export type FieldOrder = (typeof FIELD_ORDERS)[number];

/** One field of a plan; its box is in level-0 pixels. */
export interface Field extends Bounds {
  /** Place in the order of screening, from 0. It stays the same whichever fields are skipped. */
  readonly index: number;
  readonly column: number;
  readonly row: number;
}

/** What a plan of fields follows from. Lengths are whole level-0 pixels. */
export interface FieldRequest {
  readonly region: Bounds;
  readonly fieldWidth: number;
  readonly fieldHeight: number;
  readonly overlap: number;
  readonly order: FieldOrder;
}

/** Equal fields that cover a region. */
export interface FieldPlan extends FieldRequest {
  /** Left edges of the columns and top edges of the rows, rising. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** In the order of screening; `fields[i].index` is `i`. */
  readonly fields: readonly Field[];
}

/**
 * Gives the first pixels of equal pieces that cover a length exactly (D4): steps of `size · (1 − overlap)`, the last piece moved in, so
 * that none leaves the length and neighbours never share less than `overlap`.
 *
 * @param length  - whole pixels, at least 1
 * @param size    - of a piece, whole pixels, at least 1; the single piece of a shorter length is as long as that length
 * @param overlap - shared part of neighbours, 0 ≤ overlap ≤ 0.5
 * @returns rising, from 0; never empty
 * @throws {@link ScreeningError} `REGION_EMPTY`, `FIELD_SIZE`, `OVERLAP`
 */
export function positions(length: number, size: number, overlap = DEFAULT_OVERLAP): number[] {
  requireWhole('REGION_EMPTY', 'length to cover', length);
  requireWhole('FIELD_SIZE', 'size of a field', size);
  requireOverlap(overlap);
  const count = countPositions(length, size, overlap);
  const step = size * (1 - overlap);
  return Array.from({ length: count }, (_, i) => Math.min(Math.round(i * step), Math.max(0, length - size)));
}

/** How many {@link positions} there are, without making them. */
export const countPositions = (length: number, size: number, overlap: number): number =>
  // 1e-9: a quotient that is whole in exact numbers must not be rounded up to one more
  length <= size ? 1 : Math.ceil((length - size) / (size * (1 - overlap)) - 1e-9) + 1;

/**
 * Plans the fields of a region.
 *
 * @returns fields in the order of screening; where the region is narrower or lower than a field, fields are as narrow or low as it
 * @throws {@link ScreeningError} `REGION_EMPTY`, `FIELD_SIZE`, `OVERLAP`, `TOO_MANY_FIELDS` above {@link MAX_FIELDS}
 */
export function planFields(request: FieldRequest): FieldPlan {
  const { region, fieldWidth, fieldHeight, overlap, order } = request;
  const [width, height] = [region.maxX - region.minX, region.maxY - region.minY];
  for (const [name, value] of [
    ['width of the region', width],
    ['height of the region', height],
  ] as const)
    requireWhole('REGION_EMPTY', name, value);
  requireWhole('FIELD_SIZE', 'width of a field', fieldWidth);
  requireWhole('FIELD_SIZE', 'height of a field', fieldHeight);
  requireOverlap(overlap);
  const count = countPositions(width, fieldWidth, overlap) * countPositions(height, fieldHeight, overlap);
  if (count > MAX_FIELDS)
    throw new ScreeningError(
      'TOO_MANY_FIELDS',
      `That makes ${count} fields of ${fieldWidth} × ${fieldHeight} px; at most ${MAX_FIELDS} are in a plan. Choose a lower magnification, larger fields or a smaller region.`,
    );
  const xs = positions(width, fieldWidth, overlap).map((x) => x + region.minX);
  const ys = positions(height, fieldHeight, overlap).map((y) => y + region.minY);
  const [w, h] = [Math.min(fieldWidth, width), Math.min(fieldHeight, height)];
  const fields = ys.flatMap((minY, row) =>
    xs.map((_, i): Field => {
      const column = order === 'serpentine' && row % 2 === 1 ? xs.length - 1 - i : i;
      const minX = xs[column] ?? 0;
      return { index: row * xs.length + i, column, row, minX, minY, maxX: minX + w, maxY: minY + h };
    }),
  );
  return { ...request, xs, ys, fields };
}

/** The index of the field in a column and row; undefined outside the plan. */
export function fieldAt({ xs, ys, order }: FieldPlan, column: number, row: number): number | undefined {
  if (column < 0 || row < 0 || column >= xs.length || row >= ys.length) return undefined;
  return row * xs.length + (order === 'serpentine' && row % 2 === 1 ? xs.length - 1 - column : column);
}

/** All fields that hold a point, by index; a point on a field's right or lower edge is not in it. O(log fields). */
export function fieldsHolding(plan: FieldPlan, x: number, y: number): number[] {
  const [first] = plan.fields;
  if (!first) return [];
  const columns = piecesHolding(plan.xs, first.maxX - first.minX, x);
  const rows = piecesHolding(plan.ys, first.maxY - first.minY, y);
  return rows.flatMap((row) => columns.flatMap((column) => fieldAt(plan, column, row) ?? []));
}

function piecesHolding(starts: readonly number[], size: number, at: number): number[] {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (let i = low - 1; i >= 0 && at < (starts[i] ?? 0) + size; i--) found.push(i);
  return found;
}

/** Of the fields that hold a point, the one whose centre is nearest; undefined where none does. For a click. */
export function fieldAround(plan: FieldPlan, x: number, y: number): Field | undefined {
  const distance = ({ minX, minY, maxX, maxY }: Field): number =>
    Math.hypot((minX + maxX) / 2 - x, (minY + maxY) / 2 - y);
  return fieldsHolding(plan, x, y)
    .flatMap((index) => plan.fields[index] ?? [])
    .reduce<Field | undefined>((best, field) => (best && distance(best) <= distance(field) ? best : field), undefined);
}

function requireWhole(code: 'REGION_EMPTY' | 'FIELD_SIZE', name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ScreeningError(code, `The ${name} is ${value} px; it must be a whole number of at least 1 px.`);
}

function requireOverlap(overlap: number): void {
  if (!(overlap >= 0 && overlap <= MAX_OVERLAP))
    throw new ScreeningError('OVERLAP', `The overlap is ${overlap}; it must lie between 0 and ${MAX_OVERLAP}.`);
}
