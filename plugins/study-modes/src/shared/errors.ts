import { defineError } from '@exact/sdk/contract';
import type { StudyProblem } from '@exact/study';

/** The study cannot be opened or changed so; `problems` say what and where. */
export const StudyInvalidError = defineError<{ problems: readonly StudyProblem[] }>({
  code: 'STUDY_INVALID',
  status: 422,
  message: ({ problems }) =>
    problems
      .slice(0, 3)
      .map(({ code, message }) => `${code}: ${message}`)
      .join(' ') + (problems.length > 3 ? ` (${problems.length - 3} more.)` : ''),
});

export const StudyRunningError = defineError<{ title: string; studyId: string }>({
  code: 'STUDY_RUNNING',
  status: 409,
  message: (d) =>
    `The study "${d.title}" is running in this project; one study runs at a time. End it first, or make a project for the other one.`,
});

export const StudyEndedError = defineError<{ title: string }>({
  code: 'STUDY_ENDED',
  status: 409,
  message: (d) => `The study "${d.title}" has ended and stays as it is. Export it and import it as a new study.`,
});

export const DraftChangedError = defineError<{ revision: number; current: number }>({
  code: 'DRAFT_CHANGED',
  status: 409,
  message: (d) =>
    `Somebody else saved the draft meanwhile (revision ${d.current}, yours was made on ${d.revision}). Load it anew; nothing was stored.`,
});

export const NothingChangedError = defineError<{ version: number }>({
  code: 'NOTHING_CHANGED',
  status: 409,
  message: (d) => `The draft is the same as version ${d.version}. Change something first.`,
});

export const PhaseOpenError = defineError<{ phase: string }>({
  code: 'PHASE_OPEN',
  status: 409,
  message: (d) => `Phase "${d.phase}" is open; one phase is open at a time. Close it first.`,
});

export const PhaseNotOpenError = defineError<{ phase: string }>({
  code: 'PHASE_NOT_OPEN',
  status: 409,
  message: (d) => `Phase "${d.phase}" is not open.`,
});

export const PhaseOverError = defineError<{ phase: string; closesAt: string }>({
  code: 'PHASE_OVER',
  status: 409,
  message: (d) =>
    `Phase "${d.phase}" was planned to close at ${d.closesAt}, which is past. Plan another time in a new version first.`,
});

export const NoPhaseOpenError = defineError<{ title: string }>({
  code: 'NO_PHASE_OPEN',
  status: 409,
  message: (d) =>
    `No phase of the study "${d.title}" is open now, so its readers change nothing. Wait until a manager opens the next one.`,
});

export const CaseFinishedError = defineError<{ image: string; outcome: string }>({
  code: 'CASE_FINISHED',
  status: 409,
  message: (d) =>
    `You have finished the case of image "${d.image}" (${d.outcome === 'empty' ? 'nothing here' : 'complete'}). Ask a manager to reopen it.`,
});

export const CaseNotOpenError = defineError<{ imageId: number }>({
  code: 'CASE_NOT_OPEN',
  status: 404,
  message: (d) => `Image ${d.imageId} is no case of yours now. Go on with the next case.`,
});

export const CaseNotFinishedError = defineError<{ image: string }>({
  code: 'CASE_NOT_FINISHED',
  status: 409,
  message: (d) => `The case of image "${d.image}" is not finished, so there is nothing to reopen.`,
});

export const CaseNotEmptyError = defineError<{ image: string; count: number }>({
  code: 'CASE_NOT_EMPTY',
  status: 409,
  message: (d) =>
    `You have ${d.count === 1 ? 'one annotation' : `${d.count} annotations`} on image "${d.image}", so it cannot be "nothing here". Finish the case, or delete them.`,
});

export const CaseEmptyError = defineError<{ image: string }>({
  code: 'CASE_EMPTY',
  status: 409,
  message: (d) => `You have annotated nothing on image "${d.image}". Say "nothing here" if that is what you found.`,
});

export const TemplateNotInTaskError = defineError<{ templateId: number; task: string }>({
  code: 'TEMPLATE_NOT_IN_TASK',
  status: 422,
  message: (d) => `Class ${d.templateId} does not belong to task "${d.task}". Take one of the task's classes.`,
});
