import type { Image, Template } from '@exact/sdk/contract';
import type { Inventory, Suggestion } from '../shared/file.ts';

/**
 * Matches the names of a file with images and templates of a project: by public or private name, then by either without its ending, any
 * case. More than one that fits is no match. A file without names of images is matched by its own name.
 */
export function suggest(
  { name, inventory }: { readonly name: string; readonly inventory: Inventory },
  images: readonly Pick<Image, 'id' | 'publicName' | 'privateName'>[],
  templates: readonly Pick<Template, 'id' | 'name' | 'kind' | 'active'>[],
): Suggestion {
  const finders: readonly (readonly ['publicName' | 'privateName' | 'stem', ReadonlyMap<string, number | null>])[] = [
    ['publicName', indexBy(images, ({ publicName }) => [plain(publicName)])],
    ['privateName', indexBy(images, ({ privateName }) => (privateName === undefined ? [] : [plain(privateName)]))],
    [
      'stem',
      indexBy(images, ({ publicName, privateName }) => [
        stem(publicName),
        ...(privateName === undefined ? [] : [stem(privateName)]),
      ]),
    ],
  ];
  const imageFor = (wanted: string): Omit<Suggestion['images'][number], 'name'> => {
    let isAmbiguous = false;
    for (const [by, index] of finders) {
      const found = index.get(by === 'stem' ? stem(wanted) : plain(wanted));
      if (found) return { imageId: found, by };
      isAmbiguous ||= found === null;
    }
    return { imageId: null, by: isAmbiguous ? 'several' : 'none' };
  };
  return {
    images: inventory.images.map((image) => ({ name: image.name, ...imageFor(image.name === '' ? name : image.name) })),
    labels: inventory.labels.map((label) => ({ label: label.label, templateId: templateFor(label, templates) })),
    choices: images.map(({ id, publicName, privateName }) => ({
      id,
      name: publicName,
      ...(privateName === undefined ? {} : { privateName }),
    })),
  };
}

const plain = (name: string): string => name.trim().toLowerCase().normalize('NFC');
const stem = (name: string): string => plain(name).replace(/(?:\.[a-z][a-z0-9]{1,7}){1,2}$/, '');

/** Ids by name; `null` where several images have it. */
function indexBy<T extends { readonly id: number }>(
  items: readonly T[],
  keysOf: (item: T) => readonly string[],
): ReadonlyMap<string, number | null> {
  const index = new Map<string, number | null>();
  for (const item of items)
    for (const key of new Set(keysOf(item))) {
      const known = index.get(key);
      index.set(key, known === undefined || known === item.id ? item.id : null);
    }
  return index;
}

/** By the id that the file names, else by name: of several templates the one for the kind of most of the shapes. */
function templateFor(
  { label, kinds, templateId }: Inventory['labels'][number],
  templates: readonly Pick<Template, 'id' | 'name' | 'kind' | 'active'>[],
): number | null {
  const usable = templates.filter(({ active }) => active);
  if (templateId !== undefined && usable.some(({ id }) => id === templateId)) return templateId;
  if (label === '') return null;
  const words = (name: string): string => plain(name).replaceAll(/[\s_-]+/g, ' ');
  // "Tumour: Positive" is also found as "Positive", where nothing has the whole name.
  for (const wanted of new Set([words(label), words(label.split(':').at(-1) ?? '')])) {
    const named = usable.filter(({ name }) => words(name) === wanted);
    const found = kinds.flatMap(({ kind }) => named.filter((template) => template.kind === kind))[0] ?? named[0];
    if (found) return found.id;
  }
  return null;
}
