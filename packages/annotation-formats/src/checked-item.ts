import { findMetaProblem, findTextProblem, MAX_DESCRIPTION, MAX_NAME } from './content.ts';
import { type Entry, item, type Item, problem } from './item.ts';
import { readShape } from './shape.ts';

/** What a reader has found out about one annotation before its shape and texts are checked. */
export type Draft = Omit<Item, 'geometry' | 'repaired'> & { readonly shape: object };

/** Checks shape and texts of an annotation: an item, or the first thing that is wrong with it. */
export function checkedItem({ shape, ...rest }: Draft): Entry {
  const texts: readonly (readonly [string, string | undefined, number])[] = [
    ['the name of its class', rest.label, MAX_NAME],
    ['the name of its image', rest.image, MAX_NAME * 5],
    ['the name of its author', rest.author, MAX_NAME],
    ['its description', rest.description, MAX_DESCRIPTION],
  ];
  for (const [what, value, max] of texts) {
    const found = value === undefined ? undefined : findTextProblem(what, value, max);
    if (found) return refuse(rest, found);
  }
  const found = rest.meta && findMetaProblem(rest.meta);
  if (found) return refuse(rest, found);
  const check = readShape(shape);
  return 'geometry' in check ? item({ ...rest, ...check }) : refuse(rest, check);
}

/** A problem of an annotation, with what is known of it. Texts that are at fault themselves are cut. */
export function refuse(
  { place, image, label, author }: Pick<Item, 'place' | 'image' | 'author'> & { readonly label?: string },
  { code, message }: { readonly code: string; readonly message: string },
): Entry {
  const short = (text: string): string => text.slice(0, 200).replaceAll('\0', '').toWellFormed();
  return problem({
    place,
    code,
    message: message.replaceAll(/\p{Cc}/gu, '\uFFFD').toWellFormed(),
    ...(image === undefined ? {} : { image: short(image) }),
    ...(label === undefined ? {} : { label: short(label) }),
    ...(author === undefined ? {} : { author: short(author) }),
  });
}
