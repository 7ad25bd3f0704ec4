import {
  CELL_CLASSES,
  type CellClass,
  CountGrid,
  findAbove,
  REFERENCE_VALUES,
  type ReferenceValues,
} from '@exact/scores';
import type { Bounds } from '@exact/geometry';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { differentialOf } from '../shared/differential-of.ts';
import { categoriesOf, useClasses } from './classes.ts';
import { drawRing, drawWindow, MAX_MARKS } from './drawing.ts';

export const SCOPES = ['view', 'region', 'slide'] as const;
export type DifferentialScope = (typeof SCOPES)[number];

const RING_PX = 9;

/** The differential cell count of the view, a region or the slide, following every change and every move. */
export function useDifferential() {
  const { viewer, settings, templates, colours, cellIndex, nothing } = useClasses();
  const centres = viewer.annotations.useCentres().value;
  const scope = ref<DifferentialScope>('slide');
  const region = shallowRef<Bounds>();
  /** The class whose cells are marked on the image. */
  const marked = ref<CellClass>();

  const cells = computed(() => {
    if (!centres.value) return undefined;
    const { count, x, y } = centres.value;
    const category = categoriesOf(centres.value, cellIndex.value, settings.value.verified);
    return { x, y, category, grid: new CountGrid({ count, x, y, category }, CELL_CLASSES.length) };
  });
  const totals = computed(() => {
    const counts = CELL_CLASSES.map(() => 0);
    for (const kind of cells.value?.category ?? []) if (kind >= 0) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  });
  const box = computed(() =>
    scope.value === 'view' ? viewer.view.value.bounds : scope.value === 'region' ? region.value : undefined,
  );
  const result = computed(() => {
    if (!cells.value) return undefined;
    const counts =
      scope.value === 'slide'
        ? totals.value
        : box.value
          ? cells.value.grid.countIn(box.value)
          : CELL_CLASSES.map(() => 0);
    return differentialOf(counts, {
      isMapped: cellIndex.value.size > 0,
      minimumCells: settings.value.minimumCells,
    });
  });
  const reference = computed((): ReferenceValues | undefined =>
    REFERENCE_VALUES.find(({ id }) => id === settings.value.reference),
  );
  const above = computed(() => {
    const answer = result.value;
    return answer?.available && reference.value ? findAbove(answer, reference.value) : [];
  });
  /** Templates that stand for no class and have annotations here, most first. */
  const notCounted = computed(() => {
    void centres.value; // counts follow the same changes
    const counts = viewer.annotations.countByTemplate();
    return templates.value
      .filter(({ cell }) => cell === undefined)
      .map(({ id, name, mitosis }) => ({ id, name, mitosis, count: counts.get(id) ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
  });

  const overlay = viewer.addOverlay((canvas, toScreen, view) => {
    if (region.value && scope.value === 'region') {
      const { minX, minY, maxX, maxY } = region.value;
      drawWindow(canvas, toScreen, { x: minX, y: minY, width: maxX - minX, height: maxY - minY }, true);
    }
    const wanted = marked.value && CELL_CLASSES.indexOf(marked.value);
    if (wanted === undefined || !cells.value || !marked.value) return;
    const { x, y, grid } = cells.value;
    const inside = scope.value === 'region' && region.value ? overlap(region.value, view.bounds) : view.bounds;
    if ((grid.countIn(inside)[wanted] ?? 0) > MAX_MARKS) return;
    const colour = colours.value[marked.value];
    grid.forEachIn(inside, (i, kind) => {
      if (kind === wanted)
        drawRing(canvas, toScreen((x[i] ?? 0) + 0.5, (y[i] ?? 0) + 0.5), { radius: RING_PX, colour });
    });
  });
  watch([cells, marked, region, scope, colours], () => overlay.redraw(), { flush: 'post' });
  onScopeDispose(overlay.dispose);

  async function pickRegion(hint: string): Promise<void> {
    const picked = await viewer.pickBox(hint);
    if (!picked) return;
    region.value = picked;
    scope.value = 'region';
  }

  return {
    viewer,
    settings,
    scope,
    region,
    marked,
    result,
    colours,
    reference,
    above,
    notCounted,
    nothing,
    pickRegion,
  };
}

const overlap = (a: Bounds, b: Bounds): Bounds => ({
  minX: Math.max(a.minX, b.minX),
  minY: Math.max(a.minY, b.minY),
  maxX: Math.min(a.maxX, b.maxX),
  maxY: Math.min(a.maxY, b.maxY),
});
