import type { Found, Reading } from './compare.ts';

/**
 * Joins the objects of an image that readers have in common to units: at most one object of each reader, the pairs that fit best first.
 *
 * @param found - pairs of two readers' objects, by index in `located`
 * @returns for each unit the template that each reader has given, in the order of `readers`; nothing where a reader has no such object
 */
export function unitsOf(
  located: readonly Reading[],
  found: readonly Found[],
  readers: readonly number[],
): (readonly (number | undefined)[])[] {
  const groups: { readonly members: Map<number, number> }[] = located.map(({ reader }, index) => ({
    members: new Map([[reader, index]]),
  }));
  const groupOf = groups.map((group) => group);
  for (const { a, b } of [...found].sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b)) {
    const [into, from] = [groupOf[a], groupOf[b]];
    if (!into || !from || into === from) continue;
    if ([...from.members.keys()].some((reader) => into.members.has(reader))) continue;
    for (const [reader, index] of from.members) {
      into.members.set(reader, index);
      groupOf[index] = into;
    }
  }
  return [...new Set(groupOf)].map(({ members }) =>
    readers.map((reader) => {
      const index = members.get(reader);
      return index === undefined ? undefined : located[index]?.templateId;
    }),
  );
}
