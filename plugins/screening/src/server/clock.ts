/** Nearer clocks are as good as one: shifting would only add the time that a request takes. */
const SAME_CLOCK_MS = 5000;

/**
 * What to add to times of a browser to get times of the server. Browsers' clocks are off by minutes, some by years; how long ago
 * something was, they know.
 *
 * @param sentAt - the browser's clock when it sent the request, ms since 1970
 * @param now    - the server's when it came in
 */
export function shiftOf(sentAt: number, now: number): number {
  const shift = now - sentAt;
  return Math.abs(shift) <= SAME_CLOCK_MS ? 0 : shift;
}
