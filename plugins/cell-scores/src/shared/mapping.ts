import { CELL_CLASSES, type CellClass, cellClassOfName, type MitoticKind, mitoticKindOfName } from '@exact/scores';
import type { CellScoresSettings } from './settings.ts';

/**
 * Why a template stands for what it does. `set`: a manager has said so. `name`: guessed from its name. `inactive`: templates that are no
 * longer used do not count.
 */
export type MappedBy = 'set' | 'name' | 'inactive' | 'nothing';

export interface MappedTemplate {
  readonly id: number;
  readonly name: string;
  /** Name of the product that it belongs to. */
  readonly product: string;
  readonly colour: string;
  /** Absent: it counts nothing in the differential count. */
  readonly cell: CellClass | undefined;
  readonly cellBy: MappedBy;
  /** Absent: it counts nothing in the mitotic count. */
  readonly mitosis: MitoticKind | undefined;
  readonly mitosisBy: MappedBy;
}

interface KnownProduct {
  readonly name: string;
  readonly templates: readonly {
    readonly id: number;
    readonly name: string;
    readonly colour: string;
    readonly kind: string;
    readonly active: boolean;
  }[];
}

/** What the templates of a project stand for. Labels of whole images are left out: they are no cells. */
export function mapTemplates(
  products: readonly KnownProduct[],
  { cells, mitoses }: Pick<CellScoresSettings, 'cells' | 'mitoses'>,
): readonly MappedTemplate[] {
  return products.flatMap((product) =>
    product.templates
      .filter(({ kind }) => kind !== 'image')
      .map(({ id, name, colour, active }): MappedTemplate => {
        const cell = mapOne(active, cells[String(id)], () => cellClassOfName(name));
        const mitosis = mapOne(active, mitoses[String(id)], () => mitoticKindOfName(name));
        return {
          ...{ id, name, product: product.name, colour },
          ...{ cell: cell.value, cellBy: cell.by, mitosis: mitosis.value, mitosisBy: mitosis.by },
        };
      }),
  );
}

function mapOne<T extends string>(
  isActive: boolean,
  said: T | 'none' | undefined,
  guess: () => T | undefined,
): { readonly value: T | undefined; readonly by: MappedBy } {
  if (!isActive) return { value: undefined, by: 'inactive' };
  if (said !== undefined) return { value: said === 'none' ? undefined : said, by: 'set' };
  const guessed = guess();
  return { value: guessed, by: guessed === undefined ? 'nothing' : 'name' };
}

/** Place in `CELL_CLASSES` by template, of those that stand for a class. */
export const cellIndexOf = (templates: readonly MappedTemplate[]): ReadonlyMap<number, number> =>
  new Map(templates.flatMap(({ id, cell }) => (cell === undefined ? [] : [[id, CELL_CLASSES.indexOf(cell)] as const])));

export const mitosisOf = (templates: readonly MappedTemplate[]): ReadonlyMap<number, MitoticKind> =>
  new Map(templates.flatMap(({ id, mitosis }) => (mitosis === undefined ? [] : [[id, mitosis] as const])));

/** Templates that count in neither score. */
export const countsNothing = (templates: readonly MappedTemplate[]): readonly MappedTemplate[] =>
  templates.filter(({ cell, mitosis }) => cell === undefined && mitosis === undefined);
