import { checkInsideImage, GeometryError, type Geometry, type PolygonGeometry } from '@exact/geometry';
import { toPolygon } from '@exact/geometry/ops';
import type { Template } from '@exact/sdk/contract';
import type { AnnotationRecord, Edit } from '../store/index.ts';

/** What an operation works on. */
export interface OperationInput {
  /** The selected annotations, in the order in which they were selected. */
  readonly records: readonly AnnotationRecord[];
  /** The class in hand. */
  readonly template: Template | undefined;
  readonly templates: readonly Template[];
  /** Level-0 pixels of one CSS pixel: what is small or smooth is meant as one sees it. */
  readonly pixel: number;
  /** The way on the image, level-0 pixels, of 10 CSS pixels to the right and down. */
  readonly aside: readonly [dx: number, dy: number];
  readonly image: { readonly width: number; readonly height: number };
  isLocked(record: AnnotationRecord): boolean;
  makeUuid(): string;
}

/** What the person is told: `annotate.operations.<key>`. `text` instead is said as it is. */
export type Note =
  { readonly key: string; readonly values?: Readonly<Record<string, number | string>> } | { readonly text: string };

/** Edits that are one step to undo, and what is selected afterwards; or why there are none. */
export type Outcome =
  | { readonly edits: readonly Edit[]; readonly select: readonly string[]; readonly notes: readonly Note[] }
  | { readonly refusal: Note };

export type Operation = (input: OperationInput) => Outcome;

export const refuse = (key: string, values?: Readonly<Record<string, number | string>>): Outcome => ({
  refusal: values ? { key, values } : { key },
});

/** An annotation that covers an area, as a polygon. */
export interface Area {
  readonly record: AnnotationRecord;
  readonly polygon: PolygonGeometry;
}

const AREA_KINDS: ReadonlySet<Geometry['kind']> = new Set(['polygon', 'box', 'ellipse']);
export const isArea = ({ geometry }: Pick<AnnotationRecord, 'geometry'>): boolean => AREA_KINDS.has(geometry.kind);

/** How far a polygon may be from the ellipse that it stands for, in CSS pixels, and at most of its smaller half axis. */
const ROUND_PX = 0.25;
const ROUND_SHARE = 1 / 500;
export function asPolygon(geometry: Geometry, pixel: number): PolygonGeometry {
  // an ellipse loses 2 ‰ of its area by that, about 50 points for a circle
  const least = geometry.kind === 'ellipse' ? ROUND_SHARE * Math.min(geometry.rx, geometry.ry) : Infinity;
  return toPolygon(geometry, Math.min(0.5, ROUND_PX * pixel, least));
}

export const areasOf = ({ records, pixel }: OperationInput): Area[] =>
  records.filter(isArea).map((record) => ({ record, polygon: asPolygon(record.geometry, pixel) }));

/**
 * Runs an operation. Shapes that cannot be worked out, or that would lie outside of the image, refuse the whole of it: half
 * of a step is worse than none.
 */
export function runOperation(operation: Operation, input: OperationInput): Outcome {
  try {
    const outcome = operation(input);
    if ('refusal' in outcome) return outcome;
    for (const edit of outcome.edits) {
      if (!('geometry' in edit) || !edit.geometry) continue;
      const check = checkInsideImage(edit.geometry, input.image.width, input.image.height);
      if (!check.ok) return { refusal: { text: check.message } };
    }
    return outcome;
  } catch (error) {
    if (error instanceof GeometryError) return { refusal: { text: error.message } };
    throw error;
  }
}
