import { ths, type Box, type Ths } from '@exact/scores';
import { useLiveEvent, usePluginClient } from '@exact/sdk/ui';
import { computed, type ComputedRef } from 'vue';
import { eiphScoreContract, type ScoreTable } from '../shared/contract.ts';
import { useCells } from './cells.ts';
import { type Scope, keyOf, stateOf } from './state.ts';
import { useFetch } from './use-fetch.ts';

/** A line of the panel: a score of something, and where it comes from. */
export interface ScoreRow {
  readonly key: string;
  readonly scope: Scope;
  /** Absent while the server is asked. */
  readonly score: Ths | undefined;
  readonly notCounted: number | undefined;
  readonly layerName?: string;
}

/**
 * All scores that the panel shows of an image. View, region and slide are counted here, at each frame; the set, and what readers have
 * drawn, by the server, which reads anew after changes. Where cells have to be wholly inside, view and region are the server's, too: sizes
 * of cells are not in memory.
 */
export function useScores() {
  const { viewer, settings, templates, gradeOf, cells } = useCells();
  const client = usePluginClient(eiphScoreContract);
  const state = stateOf(viewer);
  const imageId = computed(() => viewer.image.value.id);
  const isWhole = computed(() => settings.value.inclusion === 'whole');
  const computeThs = (counts: readonly number[]): Ths => {
    const { minimumCells, seed } = settings.value;
    return ths.compute({ counts, minimumCells, seed });
  };

  const countIn = (box: Box | undefined): Ths | undefined =>
    box && cells.value && computeThs(cells.value.grid.countIn(box));
  const everywhere = { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity };
  const slide = computed(() => countIn(everywhere));
  const outOfGrades = computed(() => cells.value?.ungraded);

  const useServerScore = (box: () => Box | undefined) =>
    useFetch(
      () => {
        const asked = isWhole.value ? box() : undefined;
        return asked && JSON.stringify([imageId.value, asked, settings.value]);
      },
      (signal) => client.score({ query: { imageId: imageId.value, box: boxText(box() ?? everywhere) } }, signal),
      150,
    );
  const viewBox = (): Box => viewer.view.value.bounds;
  const serverView = useServerScore(() => (isArea(viewBox()) ? viewBox() : undefined));
  const serverRegion = useServerScore(() => state.region);
  const view = computed(() => (isWhole.value ? serverView.value.value?.score : countIn(viewBox())));
  const region = computed(() => (isWhole.value ? serverRegion.value.value?.score : countIn(state.region)));

  const table = useFetch(
    () => JSON.stringify([viewer.image.value.imageSetId, settings.value]),
    (signal) => client.table({ query: { imageSetId: viewer.image.value.imageSetId } }, signal),
    1000,
  );
  const reload = (): void => [table, serverView, serverRegion].forEach((one) => one.reload());
  useLiveEvent('annotations.changed', reload);
  useLiveEvent('images.changed', table.reload);

  const rows: ComputedRef<readonly ScoreRow[]> = computed(() => {
    const here: readonly [Scope, Ths | undefined][] = [
      [{ kind: 'view' }, view.value],
      ...(state.region ? [[{ kind: 'region' }, region.value] as [Scope, Ths | undefined]] : []),
      [{ kind: 'slide' }, slide.value],
      [{ kind: 'set' }, table.value.value?.all],
    ];
    return [
      ...here.map(([scope, score]) => ({
        key: keyOf(scope),
        scope,
        score,
        notCounted:
          scope.kind === 'slide' ? outOfGrades.value : scope.kind === 'set' ? sumOthers(table.value.value) : undefined,
      })),
      ...readersOf(table.value.value, imageId.value),
    ];
  });
  const chosen = computed(
    () => rows.value.find(({ key }) => key === keyOf(state.scope)) ?? rows.value.find(({ key }) => key === 'view'),
  );
  return { viewer, settings, templates, gradeOf, cells, state, rows, chosen, table, isWhole };
}

function readersOf(table: ScoreTable | undefined, imageId: number): ScoreRow[] {
  return (table?.imageReaders ?? [])
    .filter((row) => row.imageId === imageId)
    .map(({ authorId, layerId, layerName, score }) => {
      const scope: Scope = { kind: 'who', authorId, layerId };
      return { key: keyOf(scope), scope, score, notCounted: undefined, ...(layerName !== undefined && { layerName }) };
    });
}

const sumOthers = (table: ScoreTable | undefined): number | undefined =>
  table?.notCounted.reduce((sum, { cells }) => sum + cells, 0);

export const isArea = ({ minX, minY, maxX, maxY }: Box): boolean => maxX > minX && maxY > minY;
export const boxText = ({ minX, minY, maxX, maxY }: Box): string => [minX, minY, maxX, maxY].join(',');
