/** Undoes one registration; may be slow, may fail. */
export type Undo = () => void | Promise<void>;

/** All that one plugin holds: every registration with its undo. */
export interface Scope {
  /**
   * Takes over a registration. After the scope has ended, `undo` runs at once: nothing can be registered for a plugin that
   * has stopped.
   *
   * @returns undoes it early
   */
  add(label: string, undo: Undo): () => void;
  /** What is held, oldest first. Empty after {@link end}: contract tests rely on it. */
  describe(): readonly string[];
  /** Undoes everything, last first. A failing undo is reported and passed over. */
  end(): Promise<void>;
  readonly signal: AbortSignal;
}

export function createScope(onError: (label: string, error: unknown) => void): Scope {
  const held = new Map<symbol, { readonly label: string; readonly undo: Undo }>();
  const abort = new AbortController();

  async function run(label: string, undo: Undo): Promise<void> {
    try {
      await undo();
    } catch (error) {
      onError(label, error);
    }
  }

  return {
    signal: abort.signal,
    add(label, undo) {
      if (abort.signal.aborted) {
        void run(label, undo);
        return () => undefined;
      }
      const key = Symbol(label);
      held.set(key, { label, undo });
      return () => {
        if (held.delete(key)) void run(label, undo);
      };
    },
    describe: () => [...held.values()].map((entry) => entry.label),
    async end() {
      abort.abort();
      for (const [key, { label, undo }] of [...held].reverse()) {
        // An undo may itself have undone others.
        if (held.delete(key)) await run(label, undo);
      }
    },
  };
}
