/** Something in a study that keeps it from being opened (`error`), or that its author should know (`notice`). */
export interface StudyProblem {
  readonly code: string;
  readonly severity: 'error' | 'notice';
  /** Where in the document, as `phases[0].readings[2].arm`. */
  readonly path: string;
  /** What stands there, or the number it comes down to. */
  readonly value: string | number;
  /** Names the culprit and the way out. */
  readonly message: string;
}

/** Collects problems. */
export function createProblems() {
  const list: StudyProblem[] = [];
  const add =
    (severity: StudyProblem['severity']) =>
    (code: string, path: string, value: string | number, message: string): void =>
      void list.push({ code, severity, path, value, message });
  return { list, error: add('error'), notice: add('notice') };
}
export type Problems = ReturnType<typeof createProblems>;

/** Items whose key has been there before, with their index. */
export function repeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): { readonly key: string; readonly index: number }[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (!seen.has(key)) return (seen.add(key), []);
    return [{ key, index }];
  });
}
