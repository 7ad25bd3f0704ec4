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
  private held: ReadonlySet<string> | undefined;
  private pushedAt = -Infinity;

  get undoLabel(): string | undefined {
    return this.undos.at(-1)?.label;
  }
  get redoLabel(): string | undefined {
    return this.redos.at(-1)?.label;
  }
  /** Annotations that `undo` or `redo` would work on next. */
  nextOf(direction: 'undo' | 'redo'): readonly string[] {
    const step = (direction === 'undo' ? this.undos : this.redos).at(-1);
    return step?.edits.filter((edit) => edit.op !== 'create').map((edit) => edit.uuid) ?? [];
  }
  /** Whether a step works on an annotation: without its record it could not be taken back. */
  holds(uuid: string): boolean {
    this.held ??= new Set([...this.undos, ...this.redos].flatMap((step) => step.edits.map((edit) => edit.uuid)));
    return this.held.has(uuid);
  }
  /** @param joinsWithinMs - a step of the same name on the same annotations as the one before, made so soon after it, is taken back with it */
  push(step: HistoryStep, joinsWithinMs = 0): void {
    const before = this.undos.at(-1);
    const [now, last] = [performance.now(), this.pushedAt];
    this.pushedAt = now;
    // the earlier way back leads to where both began
    const isJoined = this.redos.length === 0 && before !== undefined && now - last < joinsWithinMs;
    if (isJoined && before.label === step.label && isSameWork(before, step)) return;
    this.redos = [];
    this.keep(step);
  }
  /** Runs the last step backwards; `run` gives the step that undoes that in turn. */
  undo(run: (step: HistoryStep) => HistoryStep | undefined): boolean {
    const step = this.undos.pop();
    const back = step && run(step);
    if (back) this.redos.push(back);
    this.held = undefined;
    return step !== undefined;
  }
  redo(run: (step: HistoryStep) => HistoryStep | undefined): boolean {
    const step = this.redos.pop();
    const back = step && run(step);
    if (back) this.keep(back);
    return step !== undefined;
  }
  /** Some annotations go by other UUIDs. */
  rename(names: ReadonlyMap<string, string>): void {
    const next = (uuid: string): string => names.get(uuid) ?? uuid;
    const renamed = (step: HistoryStep): HistoryStep => ({
      ...step,
      edits: step.edits.map((edit) => ({ ...edit, uuid: next(edit.uuid) })),
      stamps: new Map([...step.stamps].map(([uuid, stamp]) => [next(uuid), stamp])),
    });
    this.undos.splice(0, this.undos.length, ...this.undos.map(renamed));
    this.redos = this.redos.map(renamed);
    this.held = undefined;
  }
  clear(): void {
    this.undos.length = 0;
    this.redos = [];
    this.held = undefined;
  }

  private keep(step: HistoryStep): void {
    this.held = undefined;
    this.undos.push(step);
    if (this.undos.length > MAX_STEPS) this.undos.shift();
  }
}

const isSameWork = (a: HistoryStep, b: HistoryStep): boolean =>
  a.edits.length === b.edits.length && a.edits.every((edit, index) => isSameField(edit, b.edits[index]));

/** The way back of one must bring back all that the other changed. */
const isSameField = (a: Edit, b: Edit | undefined): boolean =>
  a.uuid === b?.uuid && a.op === b.op && Object.keys(a).join() === Object.keys(b).join();
