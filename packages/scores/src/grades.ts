/** Grades of alveolar macrophages by Golde et al. 1975: 0 no haemosiderin … 4 strong throughout the cell. */
export const GRADES = [0, 1, 2, 3, 4] as const;
export type Grade = (typeof GRADES)[number];

/** What each grade looks like in Prussian or Turnbull blue (Golde et al. 1975). */
export const GRADE_WORDS: Readonly<Record<Grade, string>> = {
  0: 'no blue',
  1: 'faint blue in the cytoplasm',
  2: 'moderate blue, or a minor part of the cell strongly blue',
  3: 'strong blue over most of the cell',
  4: 'strong blue throughout the cell',
};

/**
 * The grade that the name of a class says: a lone digit 0–4 ("3", "Grade 2", "hemosiderophage_1"). Only a guess, for people to correct.
 *
 * @returns nothing for names without a lone digit of 0 to 4, and for those with several
 */
export function gradeOfName(name: string): Grade | undefined {
  const numbers = name.match(/\d+(?:[.,]\d+)?/g) ?? [];
  const [only] = numbers;
  return numbers.length === 1 && only !== undefined && /^[0-4]$/.test(only) ? (Number(only) as Grade) : undefined;
}

/**
 * The grades that the templates of one product seem to stand for. At least three grades have to be there, none of them twice:
 * "Type 1" and "Type 2" are numbered and not graded.
 */
export function guessGrades(templates: readonly { readonly id: number; readonly name: string }[]): Map<number, Grade> {
  const guesses = new Map<number, Grade>();
  for (const { id, name } of templates) {
    const grade = gradeOfName(name);
    if (grade !== undefined) guesses.set(id, grade);
  }
  const different = new Set(guesses.values()).size;
  return different >= 3 && different === guesses.size ? guesses : new Map();
}
