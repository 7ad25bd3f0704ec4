import { CountGrid, type Grade, GRADES, gradesOf } from '@exact/scores';
import { type Centres, useProjectSettings, useViewer } from '@exact/sdk/ui';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { gradeMapOf, mapTemplates } from '../shared/mapping.ts';
import type { EiphSettings, VerifiedChoice } from '../shared/settings.ts';

/** The cells of the image with their grades, ready to be counted in any box. */
export interface Cells {
  readonly centres: Centres;
  /** −1 where the template has none, or the verdict says that it does not count. */
  readonly grades: Int8Array;
  /** Those that would count if their template had a grade. */
  readonly ungraded: number;
  readonly grid: CountGrid;
}

/** Panel and overlay look at the same cells: what is made for one is there for the other. */
const made = new WeakMap<Centres, { readonly key: string; readonly cells: Cells }>();

/** Whether a cell counts by its verdict in {@link Centres} (0 none, 1 accepted, 2 rejected): as the server filters. */
const COUNTS: Readonly<Record<VerifiedChoice, readonly boolean[]>> = {
  all: [true, true, true],
  accepted: [false, true, false],
  notRejected: [true, true, false],
};

export function cellsOf(centres: Centres, gradeOf: ReadonlyMap<number, Grade>, verified: VerifiedChoice): Cells {
  const key = JSON.stringify([verified, ...gradeOf]);
  const known = made.get(centres);
  if (known?.key === key) return known.cells;
  const { count, x, y, templateId, verdict } = centres;
  const grades = gradesOf(templateId, count, gradeOf);
  let ungraded = 0;
  for (let i = 0; i < count; i++) {
    if (!COUNTS[verified][verdict[i]!]) grades[i] = -1;
    else if (grades[i]! < 0) ungraded++;
  }
  const cells = { centres, grades, ungraded, grid: new CountGrid({ count, x, y, category: grades }, GRADES.length) };
  made.set(centres, { key, cells });
  return cells;
}

/** The grades of the project's templates, following every change. */
export function useGrades() {
  const viewer = useViewer();
  const settings = useProjectSettings<EiphSettings>();
  const templates = computed(() => mapTemplates(viewer.templates.value, settings.value.grades));
  const gradeOf = computed(() => gradeMapOf(templates.value));
  return { viewer, settings, templates, gradeOf };
}

/**
 * The cells of the image by the grades of their templates, following every change.
 *
 * @param isWanted - they are in memory only while this holds: a slide can have a million
 */
export function useCells(isWanted: () => boolean = () => true) {
  const grades = useGrades();
  const { annotations } = grades.viewer;
  const held = shallowRef<ReturnType<typeof annotations.useCentres>>();
  watch(
    isWanted,
    (wanted) => {
      held.value?.dispose();
      held.value = wanted ? annotations.useCentres() : undefined;
    },
    { immediate: true },
  );
  onScopeDispose(() => held.value?.dispose());
  const cells = computed(() => {
    const centres = held.value?.value.value;
    return centres && cellsOf(centres, grades.gradeOf.value, grades.settings.value.verified);
  });
  return { ...grades, cells };
}
