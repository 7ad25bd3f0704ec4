import type { CellClass, MitoticKind } from '@exact/scores';

export const VERIFIED_CHOICES = ['notRejected', 'accepted', 'all'] as const;
/** Which annotations count, by the verdict of who verifies. */
export type VerifiedChoice = (typeof VERIFIED_CHOICES)[number];

/** Settings of the plugin in a project, `settings/project.schema.json`. */
export type CellScoresSettings = {
  /** By the id of a template. */
  readonly cells: Readonly<Record<string, CellClass | 'none'>>;
  readonly mitoses: Readonly<Record<string, MitoticKind | 'none'>>;
  readonly verified: VerifiedChoice;
  readonly minimumCells: number;
  readonly reference: string;
  readonly areaMm2: number;
  /** Width to height, `4:3`. */
  readonly shape: string;
  readonly minimumTissue: number;
  readonly stepsPerWindow: number;
  /** 0: found by itself. */
  readonly tissueThreshold: number;
  /** 0: none. */
  readonly cutOff: number;
};

/** Width ÷ height of a shape such as `4:3`. */
export function aspectOf(shape: string): number {
  const [width = NaN, height = NaN] = shape.split(':').map(Number);
  return width / height;
}
