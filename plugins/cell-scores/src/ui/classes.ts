import { CELL_CLASSES, type CellClass } from '@exact/scores';
import { type Centres, useProjectSettings, useViewer } from '@exact/sdk/ui';
import { computed } from 'vue';
import { cellIndexOf, countsNothing, type MappedTemplate, mapTemplates, mitosisOf } from '../shared/mapping.ts';
import type { CellScoresSettings, VerifiedChoice } from '../shared/settings.ts';

/** Colours of classes where no template has one: apart for colour-blind people (Okabe & Ito 2008). */
const COLOURS: Readonly<Record<CellClass, string>> = {
  macrophage: '#56B4E9',
  lymphocyte: '#0072B2',
  neutrophil: '#E69F00',
  mastCell: '#CC79A7',
  eosinophil: '#D55E00',
};

/** A class is shown as its cells are on the image: in the colour of the first of its templates. */
export const coloursOf = (templates: readonly MappedTemplate[]): Readonly<Record<CellClass, string>> =>
  Object.fromEntries(
    CELL_CLASSES.map((name) => [name, templates.find(({ cell }) => cell === name)?.colour ?? COLOURS[name]]),
  ) as Record<CellClass, string>;

/** What the templates of the shown image's project stand for, following its settings. */
export function useClasses() {
  const viewer = useViewer();
  const settings = useProjectSettings<CellScoresSettings>();
  const templates = computed(() => mapTemplates([{ name: '', templates: viewer.templates.value }], settings.value));
  return {
    viewer,
    settings,
    templates,
    colours: computed(() => coloursOf(templates.value)),
    cellIndex: computed(() => cellIndexOf(templates.value)),
    mitosis: computed(() => mitosisOf(templates.value)),
    nothing: computed(() => countsNothing(templates.value)),
  };
}

/** Whether an annotation counts, by its verdict in `Centres`: as the server filters. */
export function countsByVerdict(choice: VerifiedChoice, verdict: number | undefined): boolean {
  return choice === 'all' || (choice === 'accepted' ? verdict === 1 : verdict !== 2);
}

/** Category of each annotation: what `of` gives for its template, −1 for what does not count. */
export function categoriesOf(
  { count, templateId, verdict }: Centres,
  of: ReadonlyMap<number, number>,
  choice: VerifiedChoice,
): Int8Array {
  const categories = new Int8Array(count);
  for (let i = 0; i < count; i++)
    categories[i] = countsByVerdict(choice, verdict[i]) ? (of.get(templateId[i] ?? -1) ?? -1) : -1;
  return categories;
}
