import { type Grade, guessGrades } from '@exact/scores';
import type { EiphSettings } from './settings.ts';

export interface GradedTemplate {
  readonly id: number;
  readonly productId: number;
  readonly name: string;
  readonly colour: string;
  /** Absent: its cells do not count. */
  readonly grade: Grade | undefined;
  /** `set`: a manager has said so. `name`: guessed from the name. `inactive`: templates that are no longer used do not count. */
  readonly by: 'set' | 'name' | 'inactive' | 'nothing';
}

interface KnownTemplate {
  readonly id: number;
  readonly productId: number;
  readonly name: string;
  readonly colour: string;
  readonly kind: string;
  readonly active: boolean;
}

/** The grades of a project's templates. Labels of whole images are left out: they are no cells. */
export function mapTemplates(
  templates: readonly KnownTemplate[],
  set: EiphSettings['grades'],
): readonly GradedTemplate[] {
  const cells = templates.filter(({ kind }) => kind !== 'image');
  const products = new Set(cells.map(({ productId }) => productId));
  const guesses = new Map(
    [...products].flatMap((product) => [
      ...guessGrades(cells.filter(({ productId, active }) => active && productId === product)),
    ]),
  );
  return cells.map(({ id, productId, name, colour, active }): GradedTemplate => {
    const said = set[String(id)];
    const known = { id, productId, name, colour };
    if (!active) return { ...known, grade: undefined, by: 'inactive' };
    if (said !== undefined) return { ...known, grade: said === 'none' ? undefined : said, by: 'set' };
    const guess = guesses.get(id);
    return { ...known, grade: guess, by: guess === undefined ? 'nothing' : 'name' };
  });
}

/** Grade by template, of those that have one. */
export const gradeMapOf = (templates: readonly GradedTemplate[]): ReadonlyMap<number, Grade> =>
  new Map(templates.flatMap(({ id, grade }) => (grade === undefined ? [] : [[id, grade] as const])));
