import type { Phase, Reading, StudyDocument, Task } from './document.ts';
import { orderFor } from './order.ts';

/** One reader reads one image for one task. */
export interface PlannedCase {
  readonly task: string;
  readonly arm: string;
  /** Public name of the image. */
  readonly image: string;
}

/** Images of a task that a reading covers, in the order of the task. Names that the task does not have are left out. */
export function imagesOf(task: Task, { images }: Pick<Reading, 'images'>): readonly string[] {
  if (!images) return task.images;
  const wanted = new Set(images);
  return task.images.filter((name) => wanted.has(name));
}

/** All cases of a reader in a phase, in the order in which they come. */
export function casesOf(document: StudyDocument, phase: Phase, reader: string): readonly PlannedCase[] {
  const tasks = new Map(document.tasks.map((task) => [task.id, task]));
  return phase.readings
    .filter((reading) => reading.reader === reader)
    .flatMap((reading) => {
      const task = tasks.get(reading.task);
      if (!task) return [];
      const images = orderFor(imagesOf(task, reading), phase.order, { phase: phase.id, task: task.id, reader });
      return images.map((image) => ({ task: task.id, arm: reading.arm, image }));
    });
}
