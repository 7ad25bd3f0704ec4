import type { Grade } from '@exact/scores';

export const INCLUSIONS = ['centre', 'whole'] as const;
/** When a cell counts in a box: where its centre lies inside, or only where all of its bounding box does. */
export type Inclusion = (typeof INCLUSIONS)[number];

export const VERIFIED_CHOICES = ['notRejected', 'accepted', 'all'] as const;
/** Which cells count, by the verdict of whoever verifies. */
export type VerifiedChoice = (typeof VERIFIED_CHOICES)[number];

/** Settings of the plugin in a project, `settings/project.schema.json`. */
export type EiphSettings = {
  /** By the id of a template. */
  readonly grades: Readonly<Record<string, Grade | 'none'>>;
  readonly minimumCells: number;
  readonly inclusion: Inclusion;
  readonly verified: VerifiedChoice;
  readonly seed: number;
  readonly windowUm: number;
  readonly heatFewest: number;
  readonly heatFull: number;
  readonly scoreKey: string;
  readonly borderDistance: number;
};
