import type { AnnotationCentres, AnnotationFilter, PluginContext, Principal } from '@exact/sdk/server';
import { cellIndexOf, type MappedTemplate, mapTemplates, mitosisOf } from '../shared/mapping.ts';
import type { CellScoresSettings, VerifiedChoice } from '../shared/settings.ts';

/** What counts in a project, as it is set there. */
export interface Rules {
  readonly settings: CellScoresSettings;
  readonly templates: readonly MappedTemplate[];
  /** Place in `CELL_CLASSES` by template. */
  readonly cellIndex: ReadonlyMap<number, number>;
  readonly mitosis: ReadonlyMap<number, 'figure' | 'lookAlike'>;
}

export async function readRules(
  { projects, settings }: Pick<PluginContext, 'projects' | 'settings'>,
  principal: Principal,
  projectId: number,
): Promise<Rules> {
  const own = await settings.project<CellScoresSettings>(projectId);
  const templates = mapTemplates(await projects.products(principal, projectId), own);
  return { settings: own, templates, cellIndex: cellIndexOf(templates), mitosis: mitosisOf(templates) };
}

/** Narrows to what counts by its verdict. */
export function verdictFilter(choice: VerifiedChoice): AnnotationFilter {
  if (choice === 'accepted') return { verified: 'accepted' };
  return choice === 'all' ? {} : { anyOf: [{ verified: 'accepted' }, { verified: 'none' }] };
}

/** Of what somebody asks for. Authors with what they have drawn for themselves; layers with what is in them. */
export function whoseFilter({
  authors,
  layers,
}: {
  readonly authors?: readonly number[] | undefined;
  readonly layers?: readonly number[] | undefined;
}): AnnotationFilter {
  return {
    ...(authors ? { authorIds: authors } : {}),
    ...(layers ? { layers } : authors ? { layers: [null] } : {}),
  };
}

/** All that counts in either score and that the person may see; nothing is asked where no template counts. */
export async function readCells(
  annotations: PluginContext['annotations'],
  principal: Principal,
  { settings, cellIndex, mitosis }: Rules,
  filter: AnnotationFilter,
  signal?: AbortSignal,
): Promise<AnnotationCentres | undefined> {
  const templateIds = [...new Set([...cellIndex.keys(), ...mitosis.keys()])];
  if (templateIds.length === 0) return undefined;
  return annotations.centres(
    principal,
    { ...filter, ...verdictFilter(settings.verified), templateIds },
    signal ? { signal } : {},
  );
}
