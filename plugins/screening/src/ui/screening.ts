import type { FieldState } from '@exact/screening';
import { shallowRef, type Ref } from 'vue';
import type { FieldRow, PlanDraft, PlanSummary } from '../shared/model.ts';
import type { Direction } from './field-steps.ts';
import type { OpenPlan } from './open-plan.ts';
import type { Sight } from './use-sight.ts';
import type { PlanPreview } from './use-plan-draft.ts';

/** The field that the reader is at. */
export interface CurrentField {
  readonly index: number;
  /** Place among the fields that are to be looked at by this reader, from 1. */
  readonly number: number;
  readonly state: FieldState;
  /** Whether it would count as seen if it were left now. */
  readonly isSeenNow: boolean;
  readonly dwellMs: number;
  readonly isMarked: boolean;
}

/** Why fields do not count at the moment, though one is screening. */
export type Hindrance = 'tooCoarse' | 'tooSmallWindow' | 'turned' | 'loading';

/** Screening of the image that is open: the panel shows it, keys act on it, and it draws over image and overview. */
export interface Screening {
  readonly imageId: number;
  readonly sight: Sight;
  /** Plans that stand for themselves; undefined while they are loaded. */
  readonly plans: Readonly<Ref<readonly PlanSummary[] | undefined>>;
  readonly open: Readonly<Ref<OpenPlan | undefined>>;
  readonly me: Readonly<Ref<number | undefined>>;
  readonly isOn: Readonly<Ref<boolean>>;
  readonly current: Readonly<Ref<CurrentField | undefined>>;
  readonly hindrance: Readonly<Ref<Hindrance | undefined>>;
  /** Fields for this reader, and how many of them are done. */
  readonly progress: Readonly<
    Ref<{ readonly seen: number; readonly partial: number; readonly of: number } | undefined>
  >;
  /** Share of the tissue of the region that was seen; of the region's area where the plan has no mask. */
  readonly area: Readonly<Ref<{ readonly share: number; readonly isTissue: boolean } | undefined>>;
  readonly row: Readonly<Ref<FieldRow | undefined>>;
  /** Said to the reader: the end of the plan, a refusal. */
  readonly note: Readonly<Ref<string | undefined>>;
  readonly unsent: Readonly<Ref<number>>;
  readonly isAway: Readonly<Ref<boolean>>;
  readonly isShown: Ref<boolean>;
  readonly preview: Ref<PlanPreview | undefined>;
  choose(planId: string): Promise<void>;
  create(draft: PlanDraft): Promise<void>;
  reload(): Promise<void>;
  start(): Promise<void>;
  stop(): void;
  next(by: 1 | -1): void;
  nextUnseen(): void;
  nextMarked(): void;
  towards(direction: Direction, marks: boolean): void;
  goTo(index: number): void;
  /** Brings the current field back into the middle, at the planned scale. */
  refit(): void;
  toggleMark(index?: number): void;
  noteOn(index: number, note: string): void;
  markAndNext(): void;
  retry(): void;
}

const inHand = shallowRef<Screening>();
let wantsStart = false;

/** What keys and the panel act on: screening of the open image, since commands know no component. */
export const screening: Readonly<Ref<Screening | undefined>> = inHand;

export function takeInHand(mounted: Screening): () => void {
  inHand.value = mounted;
  if (wantsStart) void mounted.start();
  wantsStart = false;
  return () => {
    if (inHand.value === mounted) inHand.value = undefined;
  };
}

/** Begins as soon as there is an image to begin on. */
export function startScreening(): void {
  if (inHand.value) void inHand.value.start();
  else wantsStart = true;
}
