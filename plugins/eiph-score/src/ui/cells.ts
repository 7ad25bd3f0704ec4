import { CountGrid, type Grade, GRADES, gradesOf } from '@exact/scores';
import { type Centres, useProjectSettings, useViewer } from '@exact/sdk/ui';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { gradeMapOf, mapTemplates } from '../shared/mapping.ts';
import type { EiphSettings } from '../shared/settings.ts';

/** The cells of the image with their grades, ready to be counted in any box. */
export interface Cells {
  readonly centres: Centres;
  /** −1 where the template has none. */
  readonly grades: Int8Array;
  readonly grid: CountGrid;
}

/** Panel and overlay look at the same cells: what is made for one is there for the other. */
const made = new WeakMap<Centres, { readonly key: string; readonly cells: Cells }>();

export function cellsOf(centres: Centres, gradeOf: ReadonlyMap<number, Grade>): Cells {
  const key = JSON.stringify([...gradeOf]);
  const known = made.get(centres);
  if (known?.key === key) return known.cells;
  const grades = gradesOf(centres.templateId, centres.count, gradeOf);
  const { count, x, y } = centres;
  const cells = { centres, grades, grid: new CountGrid({ count, x, y, category: grades }, GRADES.length) };
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
    return centres && cellsOf(centres, grades.gradeOf.value);
  });
  return { ...grades, cells };
}
