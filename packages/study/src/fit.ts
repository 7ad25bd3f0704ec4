import type { StudyDocument } from './document.ts';
import { createProblems, type Problems, type StudyProblem } from './problem.ts';

/** A member of the project; with `role` nothing for people of the instance who are no members. */
export interface WorldPerson {
  readonly id: number;
  readonly username: string;
  readonly role: 'viewer' | 'annotator' | 'verifier' | 'manager' | undefined;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
}
export interface WorldImage {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
  readonly isReady: boolean;
}
export interface WorldLayer {
  readonly id: number;
  readonly name: string;
  /** Blinded readers may see it at all. */
  readonly isShown: boolean;
}
export interface WorldProduct {
  readonly name: string;
  readonly templates: readonly { readonly id: number; readonly name: string }[];
}

/** What a project has: what a document is fitted to. */
export interface World {
  readonly people: readonly WorldPerson[];
  readonly images: readonly WorldImage[];
  readonly layers: readonly WorldLayer[];
  readonly products: readonly WorldProduct[];
}

/** Ids for the names of a document; names that the project does not have are absent. */
export interface StudyIds {
  readonly people: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<string, number>>;
  readonly layers: Readonly<Record<string, number>>;
  /** By task: what may be annotated; absent: anything. */
  readonly templates: Readonly<Record<string, readonly number[]>>;
}

/**
 * Finds the people, images, layers and classes of a study in a project. Images are told by their content first: the name may
 * differ on another instance, and then only helps to choose among equals.
 */
export function fitStudy(
  document: StudyDocument,
  world: World,
): { readonly ids: StudyIds; readonly problems: readonly StudyProblem[] } {
  const problems = createProblems();
  return {
    ids: {
      people: fitPeople(document, world, problems),
      images: fitImages(document, world, problems),
      layers: fitLayers(document, world, problems),
      templates: fitClasses(document, world, problems),
    },
    problems: problems.list,
  };
}

function fitPeople(document: StudyDocument, { people }: World, { error }: Problems): Record<string, number> {
  const ids: Record<string, number> = {};
  const isBlind = (name: string): boolean =>
    document.phases.some(({ mode, readings }) => mode === 'blind' && readings.some(({ reader }) => reader === name));
  const find = (name: string, path: string): WorldPerson | undefined => {
    const person = people.find(({ username }) => username.toLowerCase() === name.toLowerCase());
    if (!person)
      error(
        'PERSON_UNKNOWN',
        path,
        name,
        `There is no user "${name}" in this project's team. Invite them, or name somebody else.`,
      );
    else if (!person.isActive)
      error(
        'PERSON_INACTIVE',
        path,
        name,
        `"${name}" cannot sign in any more. Reactivate them, or name somebody else.`,
      );
    else if (!person.role && !person.isAdmin)
      error('PERSON_NOT_MEMBER', path, name, `"${name}" is not a member of this project. Add them under Members.`);
    if (person) ids[name] = person.id;
    return person;
  };
  document.readers.forEach((name, index) => {
    const path = `readers[${index}]`;
    const person = find(name, path);
    if (!person?.isActive || !(person.role ?? person.isAdmin)) return;
    if ((person.isAdmin || person.role === 'manager') && isBlind(name))
      error(
        'READER_SEES_ALL',
        path,
        name,
        `"${name}" is ${person.isAdmin ? 'an administrator of the instance' : 'a manager of the project'} and sees everything, so cannot read blind. ${person.isAdmin ? 'Use an account without that right' : 'Make them an annotator'}, or take them out of the readers.`,
      );
    else if (person.role === 'viewer' && !person.isAdmin)
      error(
        'READER_CANNOT_ANNOTATE',
        path,
        name,
        `"${name}" is a viewer and cannot annotate. Make them an annotator under Members.`,
      );
  });
  document.adjudicators.forEach((name, index) => find(name, `adjudicators[${index}]`));
  return ids;
}

function fitImages(document: StudyDocument, { images }: World, { error, notice }: Problems): Record<string, number> {
  const byContent = new Map<string, WorldImage[]>();
  for (const image of images) byContent.set(image.sha256, [...(byContent.get(image.sha256) ?? []), image]);
  const ids: Record<string, number> = {};
  document.images.forEach(({ name, sha256 }, index) => {
    const path = `images[${index}]`;
    const same = byContent.get(sha256) ?? [];
    const found = same.find((image) => image.name === name) ?? same[0];
    if (!found) {
      const changed = images.some((image) => image.name === name);
      error(
        changed ? 'IMAGE_CHANGED' : 'IMAGE_MISSING',
        path,
        name,
        changed
          ? `Image "${name}" is here, but with other content than the study names (SHA-256 ${sha256.slice(0, 12)}…). Upload the right file, or take the image into the study anew.`
          : `Image "${name}" (SHA-256 ${sha256.slice(0, 12)}…) is not in this project. Upload it, or take it out of the study.`,
      );
      return;
    }
    ids[name] = found.id;
    if (found.name !== name)
      notice('IMAGE_RENAMED', path, name, `Image "${name}" is called "${found.name}" here; its content is the same.`);
    if (!found.isReady)
      error(
        'IMAGE_NOT_READY',
        path,
        name,
        `Image "${found.name}" cannot be shown yet. Wait until it is ready, or look at its problem in the image set.`,
      );
  });
  return ids;
}

function fitLayers(document: StudyDocument, { layers }: World, { error }: Problems): Record<string, number> {
  const ids: Record<string, number> = {};
  document.arms.forEach((arm, index) =>
    arm.layers.forEach((name, at) => {
      const path = `arms[${index}].layers[${at}]`;
      const layer = layers.find((item) => item.name === name);
      if (!layer)
        error(
          'LAYER_MISSING',
          path,
          name,
          `Arm "${arm.title}" shows layer "${name}", which this project does not have. Import it, or choose another. Layers: ${layers.map((item) => item.name).join(', ') || 'none'}.`,
        );
      else if (!layer.isShown)
        error(
          'LAYER_NOT_SHOWN',
          path,
          name,
          `Arm "${arm.title}" shows layer "${name}", but the project hides it from blinded readers. Switch on "shown" for the layer.`,
        );
      if (layer) ids[name] = layer.id;
    }),
  );
  return ids;
}

function fitClasses(document: StudyDocument, { products }: World, { error }: Problems): Record<string, number[]> {
  const allowed: Record<string, number[]> = {};
  document.tasks.forEach((task, index) => {
    if (task.classes.length === 0) return;
    allowed[task.id] = task.classes.flatMap(({ product: name, templates }, at) => {
      const path = `tasks[${index}].classes[${at}]`;
      const product = products.find((item) => item.name === name);
      if (!product) {
        error(
          'PRODUCT_MISSING',
          `${path}.product`,
          name,
          `Task "${task.title}" uses the classes of "${name}", which this project does not have. Add the product, or choose another.`,
        );
        return [];
      }
      if (!templates) return product.templates.map(({ id }) => id);
      return templates.flatMap((wanted, place) => {
        const template = product.templates.find((item) => item.name === wanted);
        if (!template)
          error(
            'TEMPLATE_MISSING',
            `${path}.templates[${place}]`,
            wanted,
            `Product "${name}" has no class "${wanted}", which task "${task.title}" uses. Add it, or choose another.`,
          );
        return template ? [template.id] : [];
      });
    });
  });
  return allowed;
}
