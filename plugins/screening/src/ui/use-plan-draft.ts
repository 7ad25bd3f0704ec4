import {
  DEFAULT_DWELL_MS,
  DEFAULT_OVERLAP,
  fieldSizeOf,
  planFields,
  ScreeningError,
  tissueShare,
  type FieldPlan,
  type FieldSize,
} from '@exact/screening';
import type { Bounds } from '@exact/geometry';
import { useProjectSettings, useViewer } from '@exact/sdk/ui';
import { computed, reactive, type Ref } from 'vue';
import type { Plan, PlanDraft, TissueParameters } from '../shared/model.ts';
import type { Tint } from './draw.ts';
import { tintOf, useTissue, type ShownTissue } from './use-tissue.ts';
import type { Sight } from './use-sight.ts';

export type FieldBy = 'magnification' | 'um' | 'px';

/** A plan as the form has it. */
export interface PlanChoice {
  name: string;
  by: FieldBy;
  magnification: number;
  /** µm or level-0 pixels, as `by` says. */
  width: number;
  height: number;
  /** Whole level-0 pixels; the whole image when absent. */
  region: Bounds | undefined;
  overlapPercent: number;
  order: Plan['order'];
  dwellMs: number;
  isSkipping: boolean;
  minTissuePercent: number;
  tissue: TissueParameters;
  isForAll: boolean;
}

/** What a plan would be, drawn over the image while it is made. */
export interface PlanPreview {
  readonly grid: FieldPlan;
  readonly isSkipped: (index: number) => boolean;
  readonly outline: ShownTissue['outline'];
  readonly tint: Tint | undefined;
}

/** What the project proposes for new plans. */
type Proposed = Readonly<
  Partial<Pick<Plan, 'overlap' | 'order' | 'dwellMs' | 'minTissueShare'> & { readonly magnification: number }>
>;
/** Smaller windows show nothing that could be screened; the server takes none. */
const LEAST_VIEW_PX = 50;
const TISSUE: TissueParameters = { method: 'otsu', threshold: 200, closing: 7, background: 'auto', minPart: 4 };

export interface PlanDraftState {
  readonly choice: PlanChoice;
  readonly scale: Readonly<Ref<{ readonly mppX: number; readonly mppY: number } | undefined>>;
  readonly size: Readonly<Ref<FieldSize | undefined>>;
  readonly preview: Readonly<Ref<PlanPreview | undefined>>;
  /** Fields to look at, of all. */
  readonly counts: Readonly<Ref<{ readonly toSee: number; readonly all: number } | undefined>>;
  readonly tissue: Readonly<Ref<ShownTissue | undefined>>;
  readonly isWaiting: Readonly<Ref<boolean>>;
  /** Why there can be no such plan. */
  readonly problem: Readonly<Ref<string | undefined>>;
  /** What is sent. @throws what the server says of the mask */
  draft(requestId: string, supersedes: string | undefined): Promise<PlanDraft>;
}

/** @param from - plan that the new one begins with */
export function usePlanDraft(
  sight: Sight,
  from: Plan | undefined,
  lastTissue: TissueParameters | undefined,
): PlanDraftState {
  const viewer = useViewer();
  const proposed = useProjectSettings<Proposed>().value;
  const scale = computed(() => {
    const { mppX, mppY } = viewer.image.value;
    return mppX !== undefined && mppY !== undefined ? { mppX, mppY } : undefined;
  });
  const choice = reactive<PlanChoice>({
    ...{
      name: from?.name ?? '',
      by: scale.value ? 'magnification' : 'px',
      magnification: proposed.magnification ?? 20,
    },
    ...sizeIn(from, scale.value ? 'magnification' : 'px', viewer.image.value),
    region: from && !isWhole(from.region, viewer.image.value) ? from.region : undefined,
    overlapPercent: Math.round((from?.overlap ?? proposed.overlap ?? DEFAULT_OVERLAP) * 1000) / 10,
    order: from?.order ?? proposed.order ?? 'serpentine',
    dwellMs: from?.dwellMs ?? proposed.dwellMs ?? DEFAULT_DWELL_MS,
    isSkipping: from ? from.tissueId !== null : true,
    minTissuePercent: Math.round((from?.minTissueShare ?? proposed.minTissueShare ?? 0) * 1000) / 10,
    tissue: { ...(lastTissue ?? TISSUE) },
    isForAll: from?.audience === 'all',
  });
  const view = computed(() => ({
    width: Math.max(LEAST_VIEW_PX, Math.floor(sight.size.value.width)),
    height: Math.max(LEAST_VIEW_PX, Math.floor(sight.size.value.height)),
  }));
  const field = computed<PlanDraft['field']>(() =>
    choice.by === 'magnification'
      ? { by: 'magnification', magnification: choice.magnification }
      : { by: choice.by, width: choice.width, height: choice.height },
  );
  const tissue = useTissue(() => (choice.isSkipping ? { ...choice.tissue } : undefined));

  const made = computed<{ size?: FieldSize; grid?: FieldPlan; problem?: string }>(() => {
    try {
      const size = fieldSizeOf(field.value, view.value, scale.value ?? {});
      const { width, height } = viewer.image.value;
      const region = choice.region ?? { minX: 0, minY: 0, maxX: width, maxY: height };
      const overlap = choice.overlapPercent / 100;
      return {
        size,
        grid: planFields({ region, fieldWidth: size.width, fieldHeight: size.height, overlap, order: choice.order }),
      };
    } catch (error) {
      if (error instanceof ScreeningError) return { problem: error.message };
      throw error;
    }
  });
  const tint = computed(() => tissue.shown.value && tintOf(tissue.shown.value.mask));
  const preview = computed<PlanPreview | undefined>(() => {
    const { grid } = made.value;
    if (!grid) return undefined;
    const shown = tissue.shown.value;
    const skipped = new Set<number>();
    if (shown)
      for (const box of grid.fields) {
        const share = tissueShare(shown.mask, box);
        if (share === 0 || share < choice.minTissuePercent / 100) skipped.add(box.index);
      }
    return { grid, isSkipped: (index) => skipped.has(index), outline: shown?.outline ?? [], tint: tint.value };
  });

  return {
    choice,
    scale,
    size: computed(() => made.value.size),
    preview,
    counts: computed(() => {
      const now = preview.value;
      if (!now) return undefined;
      const all = now.grid.fields.length;
      return { all, toSee: now.grid.fields.filter(({ index }) => !now.isSkipped(index)).length };
    }),
    tissue: tissue.shown,
    isWaiting: tissue.isWaiting,
    problem: computed(() => made.value.problem ?? tissue.problem.value),
    async draft(requestId, supersedes) {
      const mask = choice.isSkipping ? await tissue.finished() : undefined;
      return {
        requestId,
        name: choice.name.trim(),
        audience: choice.isForAll ? 'all' : 'own',
        ...(choice.region ? { region: choice.region } : {}),
        field: field.value,
        view: view.value,
        overlap: choice.overlapPercent / 100,
        order: choice.order,
        dwellMs: choice.dwellMs,
        ...(mask?.id === undefined ? {} : { tissueId: mask.id }),
        minTissueShare: choice.minTissuePercent / 100,
        ...(supersedes === undefined ? {} : { supersedes }),
      };
    },
  };
}

interface ImageSize {
  readonly width: number;
  readonly height: number;
}
const isWhole = ({ minX, minY, maxX, maxY }: Bounds, { width, height }: ImageSize): boolean =>
  minX === 0 && minY === 0 && maxX === width && maxY === height;

/** Field size to begin with: that of the plan before, else a part of the image in which one finds one's way. */
function sizeIn(
  from: Plan | undefined,
  by: FieldBy,
  image: ImageSize,
): Partial<PlanChoice> & { width: number; height: number } {
  if (from?.field.by === 'magnification')
    return {
      by: 'magnification',
      magnification: from.field.magnification,
      width: from.fieldWidth,
      height: from.fieldHeight,
    };
  if (from) return { by: from.field.by, width: from.field.width, height: from.field.height };
  const width = Math.min(image.width, 1000);
  return { by, width, height: Math.min(image.height, Math.round(width * 0.75)) };
}
