/**
 * Measures the time in which a person is at work: from each sign of them (a move of the pointer, a key, a turn of the wheel) until
 * `idleAfterMs` later, overlapping stretches counted once. Times are those of one clock in ms; they may stand still, never go back.
 */
export interface ActiveTime {
  /** The person has done something. */
  sign(now: number): void;
  /** The person cannot see the image any more (another tab): idle at once. */
  pause(now: number): void;
  /** @returns active ms since the last call; nothing is counted twice */
  take(now: number): number;
}

export function createActiveTime(idleAfterMs: number): ActiveTime {
  let countedTo = 0;
  let activeTo = 0;
  let sum = 0;
  const count = (now: number): void => {
    sum += Math.max(0, Math.min(now, activeTo) - countedTo);
    countedTo = Math.max(countedTo, now);
  };
  return {
    sign(now) {
      count(now);
      activeTo = now + idleAfterMs;
    },
    pause(now) {
      count(now);
      activeTo = now;
    },
    take(now) {
      count(now);
      const taken = sum;
      sum = 0;
      return taken;
    },
  };
}

/**
 * What of a reported stretch can be true: time does not run faster for a reader than for the server, and a page reports often.
 *
 * @param reportedMs - as the page says
 * @param elapsedMs  - by the server's clock, since the last report on this case or since it was first shown
 * @param maximumMs  - longest stretch between two reports
 */
export const credibleTime = (reportedMs: number, elapsedMs: number, maximumMs: number): number =>
  Math.round(Math.max(0, Math.min(reportedMs, elapsedMs, maximumMs)));
