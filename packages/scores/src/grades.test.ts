import { describe, expect, it } from 'vitest';
import { gradeOfName, guessGrades } from './grades.ts';

describe('the grade that a name says', () => {
  it.each([
    ['0', 0],
    ['Grade 3', 3],
    ['hemosiderophage_4', 4],
    ['EIPH-2', 2],
  ])('"%s" is %i', (name, grade) => expect(gradeOfName(name)).toBe(grade));

  it.each(['5', '12', '1.5', 'Grade 1 of 4', 'Macrophage', '', '2,5'])('"%s" says none', (name) =>
    expect(gradeOfName(name)).toBeUndefined(),
  );
});

describe('guessing for a product', () => {
  const templates = (...names: string[]) => names.map((name, id) => ({ id, name }));

  it('takes names with a digit of 0 to 4 where at least three grades are there', () => {
    expect([...guessGrades(templates('0', '1', '2', '3', '4', 'Other'))]).toEqual([0, 1, 2, 3, 4].map((i) => [i, i]));
  });

  it('guesses nothing for classes that are only numbered', () => {
    expect(guessGrades(templates('Type 1', 'Type 2')).size).toBe(0);
  });

  it('guesses nothing where two names say the same grade', () => {
    expect(guessGrades(templates('Grade 0', 'Grade 1', 'Grade 2', 'Cell 2')).size).toBe(0);
  });
});
