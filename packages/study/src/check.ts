import type { Phase, StudyDocument } from './document.ts';
import { imagesOf } from './plan.ts';
import { createProblems, type Problems, repeated, type StudyProblem } from './problem.ts';

/**
 * Finds what is wrong with a study in itself; whether it fits an instance is asked of `fitStudy`.
 *
 * @returns problems in the order of the document, empty when all is well. Codes are listed in the README.
 */
export function checkStudy(document: StudyDocument): readonly StudyProblem[] {
  const problems = createProblems();
  checkImages(document, problems);
  checkPeople(document, problems);
  checkArms(document, problems);
  checkTasks(document, problems);
  checkPhases(document, problems);
  document.phases.forEach((phase, index) => {
    checkReadings(document, phase, `phases[${index}]`, problems);
    checkRule(document, phase, `phases[${index}]`, problems);
  });
  return problems.list;
}

function checkImages({ images }: StudyDocument, { error }: Problems): void {
  for (const { key, index } of repeated(images, ({ name }) => name))
    error('IMAGE_TWICE', `images[${index}]`, key, `Image "${key}" is listed twice. Take one of the entries out.`);
}

function checkPeople({ readers, adjudicators, reference }: StudyDocument, { error }: Problems): void {
  if (readers.length === 0)
    error('NO_READERS', 'readers', 0, 'The study has no readers. Choose at least one member of the project.');
  for (const [path, people] of [
    ['readers', readers],
    ['adjudicators', adjudicators],
  ] as const)
    for (const { key, index } of repeated(people, (name) => name))
      error('PERSON_TWICE', `${path}[${index}]`, key, `"${key}" is named twice. Take one of the entries out.`);
  adjudicators.forEach((name, index) => {
    if (readers.includes(name))
      error(
        'ADJUDICATOR_READS',
        `adjudicators[${index}]`,
        name,
        `"${name}" is both reader and adjudicator, and would decide about their own opinion. Take them out of one of the two.`,
      );
  });
  if (reference !== undefined && !readers.includes(reference))
    error(
      'REFERENCE_NOT_READER',
      'reference',
      reference,
      `"${reference}" is the reference reader but does not read. Choose one of the readers, or none.`,
    );
}

function checkArms({ arms }: StudyDocument, { error }: Problems): void {
  if (arms.length === 0) error('NO_ARMS', 'arms', 0, 'The study has no arm. Add one; it may show no layer.');
  checkIds(arms, 'arms', 'arm', error);
  const bySets = new Map<string, string>();
  arms.forEach(({ title, layers }, index) => {
    for (const { key, index: at } of repeated(layers, (name) => name))
      error('LAYER_TWICE', `arms[${index}].layers[${at}]`, key, `Arm "${title}" names layer "${key}" twice.`);
    const set = JSON.stringify([...new Set(layers)].sort());
    const other = bySets.get(set);
    if (other === undefined) bySets.set(set, title);
    else if (layers.length === 0)
      error(
        'ARM_WITHOUT_LAYERS',
        `arms[${index}].layers`,
        title,
        `Arm "${title}" shows no layer, as arm "${other}" already does. Choose the layers that it shows, or take it out.`,
      );
    else
      error(
        'ARMS_ALIKE',
        `arms[${index}].layers`,
        title,
        `Arms "${other}" and "${title}" show the same layers. Change one of them, or take it out.`,
      );
  });
}

function checkTasks({ tasks, images, phases }: StudyDocument, { error, notice }: Problems): void {
  if (tasks.length === 0) error('NO_TASKS', 'tasks', 0, 'The study has no task. Add one with the images to read.');
  checkIds(tasks, 'tasks', 'task', error);
  const contents = new Map(images.map(({ name, sha256 }) => [name, sha256]));
  tasks.forEach((task, index) => {
    const path = `tasks[${index}]`;
    if (task.images.length === 0)
      error(
        'TASK_WITHOUT_IMAGES',
        `${path}.images`,
        0,
        `Task "${task.title}" has no images. Add some, or take it out.`,
      );
    for (const { key, index: at } of repeated(task.images, (name) => name))
      error(
        'IMAGE_TWICE',
        `${path}.images[${at}]`,
        key,
        `Image "${key}" is twice in task "${task.title}". Make a second task or phase for reading it again.`,
      );
    const known = [...new Set(task.images)].filter((name) => contents.has(name));
    for (const { key, index: at } of repeated(known, (name) => contents.get(name) ?? name)) {
      const first = known.find((name) => contents.get(name) === key);
      error(
        'IMAGE_TWICE',
        `${path}.images[${task.images.indexOf(known[at] ?? '')}]`,
        known[at] ?? '',
        `Images "${first}" and "${known[at]}" of task "${task.title}" have the same content. Take one of them out.`,
      );
    }
    task.images.forEach((name, at) => {
      if (!contents.has(name))
        error(
          'IMAGE_UNLISTED',
          `${path}.images[${at}]`,
          name,
          `Image "${name}" of task "${task.title}" is not in the study's list of images. Add it there with its SHA-256.`,
        );
    });
    if (!phases.some(({ readings }) => readings.some((reading) => reading.task === task.id)))
      notice('TASK_UNREAD', path, task.id, `Nobody reads task "${task.title}" in any phase.`);
  });
}

function checkPhases({ phases }: StudyDocument, { error }: Problems): void {
  if (phases.length === 0) error('NO_PHASES', 'phases', 0, 'The study has no phase. Add one.');
  checkIds(phases, 'phases', 'phase', error);
  phases.forEach(({ title, opensAt, closesAt }, index) => {
    const path = `phases[${index}]`;
    if (opensAt !== undefined && closesAt !== undefined && Date.parse(closesAt) <= Date.parse(opensAt))
      error(
        'PHASE_ENDS_BEFORE_START',
        `${path}.closesAt`,
        closesAt,
        `Phase "${title}" is planned to close at ${closesAt}, not after it opens (${opensAt}). Move one of the times.`,
      );
    for (const other of phases.slice(0, index)) {
      if (opensAt === undefined || other.opensAt === undefined) continue;
      const [from, to] = [Date.parse(opensAt), Date.parse(closesAt ?? '9999-12-31T00:00:00Z')];
      const [otherFrom, otherTo] = [Date.parse(other.opensAt), Date.parse(other.closesAt ?? '9999-12-31T00:00:00Z')];
      if (from < otherTo && otherFrom < to)
        error(
          'PHASES_OVERLAP',
          `${path}.opensAt`,
          opensAt,
          `Phases "${other.title}" and "${title}" are planned for the same time; one phase is open at a time. Move one of them.`,
        );
    }
  });
}

function checkReadings(
  { readers, arms, tasks }: StudyDocument,
  phase: Phase,
  path: string,
  { error, notice }: Problems,
): void {
  const taskOf = new Map(tasks.map((task) => [task.id, task]));
  if (phase.readings.length === 0)
    error(
      'PHASE_WITHOUT_READINGS',
      `${path}.readings`,
      0,
      `Nobody reads anything in phase "${phase.title}". Say who reads which task.`,
    );
  for (const { index } of repeated(phase.readings, ({ reader, task }) => JSON.stringify([reader, task]))) {
    const { reader = '', task = '' } = phase.readings[index] ?? {};
    error(
      'READING_TWICE',
      `${path}.readings[${index}]`,
      reader,
      `"${reader}" reads task "${task}" twice in phase "${phase.title}". Reading it again is a phase of its own.`,
    );
  }
  phase.readings.forEach(({ reader, task, arm, images = [] }, index) => {
    const at = `${path}.readings[${index}]`;
    if (!readers.includes(reader))
      error(
        'READER_UNLISTED',
        `${at}.reader`,
        reader,
        `"${reader}" reads in phase "${phase.title}" but is not among the readers. Add them, or take the reading out.`,
      );
    if (!arms.some(({ id }) => id === arm))
      error(
        'ARM_UNKNOWN',
        `${at}.arm`,
        arm,
        `There is no arm "${arm}". Arms: ${arms.map(({ id }) => id).join(', ') || 'none'}.`,
      );
    const found = taskOf.get(task);
    if (!found)
      error(
        'TASK_UNKNOWN',
        `${at}.task`,
        task,
        `There is no task "${task}". Tasks: ${tasks.map(({ id }) => id).join(', ') || 'none'}.`,
      );
    images.forEach((name, place) => {
      if (found && !found.images.includes(name))
        error(
          'IMAGE_NOT_IN_TASK',
          `${at}.images[${place}]`,
          name,
          `"${reader}" is to read image "${name}" for task "${found.title}", which does not have it. Add it to the task.`,
        );
    });
    for (const { key, index: place } of repeated(images, (name) => name))
      error(
        'IMAGE_TWICE',
        `${at}.images[${place}]`,
        key,
        `"${reader}" is to read image "${key}" twice for task "${task}".`,
      );
  });
  readers.forEach((reader) => {
    if (phase.readings.length > 0 && !phase.readings.some((reading) => reading.reader === reader))
      notice('READER_IDLE', path, reader, `"${reader}" reads nothing in phase "${phase.title}".`);
  });
}

function checkRule({ tasks }: StudyDocument, phase: Phase, path: string, { error }: Problems): void {
  const { rule } = phase;
  if (!rule) {
    if (phase.mode === 'secondOpinion')
      error(
        'NO_RULE',
        `${path}.rule`,
        phase.id,
        `Phase "${phase.title}" asks for second opinions but has no rule. Say how many opinions settle an object.`,
      );
    return;
  }
  if (rule.margin > rule.k)
    error(
      'MARGIN_TOO_LARGE',
      `${path}.rule.margin`,
      rule.margin,
      `${rule.k} opinions never lead by ${rule.margin}. Ask for more opinions or a smaller margin.`,
    );
  for (const task of tasks) {
    const counts = new Map<string, number>();
    for (const reading of phase.readings.filter((entry) => entry.task === task.id))
      for (const name of imagesOf(task, reading)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const short = [...counts].filter(([, count]) => count < rule.k);
    const [first] = short;
    if (first)
      error(
        'TOO_FEW_READERS',
        `${path}.rule.k`,
        rule.k,
        `Phase "${phase.title}" needs ${rule.k} opinions, but image "${first[0]}" of task "${task.title}" has ${first[1]} ${first[1] === 1 ? 'reader' : 'readers'}${short.length > 1 ? ` (and ${short.length - 1} more images too few)` : ''}. Add readers, or ask for fewer opinions.`,
      );
  }
}

function checkIds(
  items: readonly { readonly id: string }[],
  path: string,
  what: string,
  error: Problems['error'],
): void {
  for (const { key, index } of repeated(items, ({ id }) => id))
    error('ID_TWICE', `${path}[${index}].id`, key, `Two entries have the id "${key}". Give one ${what} another id.`);
}
