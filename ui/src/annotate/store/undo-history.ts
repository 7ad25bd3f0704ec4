import type { Edit } from './edits.ts';

/** A step that can be taken back: what to do for it, and on which revisions it was made. */
export interface HistoryStep {
  readonly label: string;
  readonly edits: readonly Edit[];
  /** Revision of each annotation when the step was made: who changed it since is found out by comparing. */
  readonly stamps: ReadonlyMap<string, number>;
}

/** As many steps as people expect (viewer reference, row 29). */
const MAX_STEPS = 200;

/** Two stacks. A step that was undone becomes one to redo until something new is done. */
export class UndoHistory {
  private readonly undos: HistoryStep[] = [];
  private redos: HistoryStep[] = [];

  get undoLabel(): string | undefined {
    return this.undos.at(-1)?.label;
  }
  get redoLabel(): string | undefined {
    return this.redos.at(-1)?.label;
  }
  push(step: HistoryStep): void {
    this.keep(step);
    this.redos = [];
  }
  /** Runs the last step backwards; `run` gives the step that undoes that in turn. */
  undo(run: (step: HistoryStep) => HistoryStep | undefined): boolean {
    const step = this.undos.pop();
    const back = step && run(step);
    if (back) this.redos.push(back);
    return step !== undefined;
  }
  redo(run: (step: HistoryStep) => HistoryStep | undefined): boolean {
    const step = this.redos.pop();
    const back = step && run(step);
    if (back) this.keep(back);
    return step !== undefined;
  }
  clear(): void {
    this.undos.length = 0;
    this.redos = [];
  }

  private keep(step: HistoryStep): void {
    this.undos.push(step);
    if (this.undos.length > MAX_STEPS) this.undos.shift();
  }
}
