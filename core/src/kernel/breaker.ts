/** Failures within the window that open the breaker, and how long it stays open. Design: architecture, section 11. */
export const BREAKER = { failures: 5, windowMs: 60_000, restMs: 60_000 } as const;

/**
 * Keeps a failing plugin from being asked again and again.
 *
 * `closed`: asked as usual · `open`: not asked · `trial`: one call is let through, and decides.
 */
export interface Breaker {
  /** Whether the next call may run. Takes the trial when the rest is over: call it only if you then run. */
  enter(): boolean;
  succeed(): void;
  fail(): void;
  reset(): void;
  readonly state: 'closed' | 'open' | 'trial';
  readonly failures: number;
}

export function createBreaker(options: {
  readonly now: () => number;
  readonly onChange: (isOpen: boolean) => void;
}): Breaker {
  const { now, onChange } = options;
  let recent: number[] = [];
  let total = 0;
  let openedAt: number | undefined;
  let onTrial = false;

  function open(): void {
    const wasOpen = openedAt !== undefined;
    openedAt = now();
    onTrial = false;
    if (!wasOpen) onChange(true);
  }
  function close(): void {
    const wasOpen = openedAt !== undefined;
    openedAt = undefined;
    onTrial = false;
    recent = [];
    if (wasOpen) onChange(false);
  }

  return {
    enter() {
      if (openedAt === undefined) return true;
      if (onTrial || now() - openedAt < BREAKER.restMs) return false;
      onTrial = true;
      return true;
    },
    succeed() {
      if (onTrial) close();
    },
    fail() {
      total++;
      if (onTrial) return open();
      const at = now();
      recent = [...recent.filter((time) => at - time < BREAKER.windowMs), at];
      if (openedAt === undefined && recent.length >= BREAKER.failures) open();
    },
    reset: close,
    get state() {
      return openedAt === undefined ? 'closed' : onTrial ? 'trial' : 'open';
    },
    get failures() {
      return total;
    },
  };
}
