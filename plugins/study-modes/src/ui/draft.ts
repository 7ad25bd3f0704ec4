import type { Phase, StudyDocument } from '@exact/study';
import type { Choices } from '../shared/contract.ts';

/** A draft as the form changes it. */
export type Draft = StudyDocument;

/** An id that no entry has yet: `task-1`, `task-2`, … */
export function freeId(prefix: string, taken: readonly { readonly id: string }[]): string {
  for (let number = 1; ; number++)
    if (!taken.some(({ id }) => id === `${prefix}-${number}`)) return `${prefix}-${number}`;
}

export const makeSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

export const newPhase = (draft: Draft, title: string): Phase => ({
  id: freeId('phase', draft.phases),
  title,
  mode: 'blind',
  sequence: 'strict',
  done: 'readOnly',
  earlier: 'shown',
  order: { by: 'shuffle', seed: makeSeed() },
  readings: [],
});

/** The arm in which a reader reads a task; nothing where they do not. */
export const armOf = (phase: Phase, reader: string, task: string): string | null =>
  phase.readings.find((reading) => reading.reader === reader && reading.task === task)?.arm ?? null;

/** Has a reader read a task in an arm, or not at all. Readings stay in the order of the tasks. */
export function setArm(draft: Draft, phase: Phase, reader: string, task: string, arm: string | null): void {
  const found = phase.readings.find((reading) => reading.reader === reader && reading.task === task);
  if (arm === null) phase.readings = phase.readings.filter((reading) => reading !== found);
  else if (found) found.arm = arm;
  else {
    const place = new Map(draft.tasks.map(({ id }, index) => [id, index]));
    const order = new Map(draft.readers.map((name, index) => [name, index]));
    phase.readings = [...phase.readings, { reader, task, arm }].sort(
      (a, b) =>
        (order.get(a.reader) ?? 0) - (order.get(b.reader) ?? 0) || (place.get(a.task) ?? 0) - (place.get(b.task) ?? 0),
    );
  }
}

/** Names and hashes of all images that tasks name, from the project or as the draft had them. */
export function listImages(draft: Draft, { sets }: Choices): StudyDocument['images'] {
  const hashes = new Map(draft.images.map(({ name, sha256 }) => [name, sha256]));
  for (const { images } of sets) for (const { name, sha256 } of images) if (!hashes.has(name)) hashes.set(name, sha256);
  const names = new Set(draft.tasks.flatMap(({ images }) => images));
  return [...names].flatMap((name) => {
    const sha256 = hashes.get(name);
    return sha256 === undefined ? [] : [{ name, sha256 }];
  });
}

/** The document as it goes to the server: what the form leaves empty is left out. */
export function toDocument(draft: Draft, choices: Choices): StudyDocument {
  const readers = new Set(draft.readers);
  const tasks = new Set(draft.tasks.map(({ id }) => id));
  return JSON.parse(
    JSON.stringify({
      ...draft,
      images: listImages(draft, choices),
      reference: draft.reference || undefined,
      phases: draft.phases.map((phase) => ({
        ...phase,
        rule: phase.mode === 'secondOpinion' ? phase.rule : undefined,
        readings: phase.readings.filter(({ reader, task }) => readers.has(reader) && tasks.has(task)),
      })),
    }),
  ) as StudyDocument;
}
