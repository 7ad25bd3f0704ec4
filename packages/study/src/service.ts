import type { PHASE_MODES, Rule } from './document.ts';

export type CaseOutcome = 'complete' | 'empty';

/** A case of a reader as the running study has it. */
export interface RunningCase {
  readonly imageId: number;
  readonly taskId: string;
  readonly arm: string;
  readonly done: boolean;
}

/** The phase of a study that is open in a project. */
export interface RunningStudy {
  readonly studyId: string;
  readonly phaseId: string;
  readonly mode: (typeof PHASE_MODES)[number];
  /** Who may give opinions. */
  readonly readerIds: readonly number[];
  readonly adjudicatorIds: readonly number[];
  /** Stands above the project's setting. */
  readonly rule?: Rule;
  /** Cases of a reader in their order, done ones included; empty for who reads nothing. */
  cases(userId: number): Promise<readonly RunningCase[]>;
}

/** Who asks; as the platform's principal. */
interface Asking {
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly via: 'session' | 'token' | 'plugin' | 'system';
  readonly scopes?: readonly string[];
}

/** What the plugin `study-modes` offers to others. */
export interface StudyService {
  /** The study that is running in a project, as it concerns verification; nothing while no phase is open. */
  current(projectId: number): Promise<RunningStudy | undefined>;
  /**
   * Records that a reader is done with an image. Safe to repeat.
   *
   * @throws CASE_FINISHED, CASE_NOT_OPEN, CASE_NOT_EMPTY, CASE_EMPTY, NO_PHASE_OPEN
   */
  finishCase(principal: Asking, imageId: number, outcome: CaseOutcome): Promise<void>;
}

/** The token of {@link StudyService}, in the form that `ctx.provide` and `ctx.find` take. */
export const studyToken: { readonly id: string; readonly type?: StudyService } = Object.freeze({
  id: 'study-modes:study',
});
