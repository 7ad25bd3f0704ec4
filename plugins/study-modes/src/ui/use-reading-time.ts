import { createActiveTime } from '@exact/study';
import { onScopeDispose } from 'vue';

const REPORT_EVERY_MS = 10_000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove'] as const;

/**
 * Reports the time in which the person is at work on what is shown, until the component goes: moves of pointer and wheel and keys are
 * signs of work, a hidden page is none.
 *
 * @param report - gets active ms since the last report
 * @returns `stop` ends it, without a report: there is nothing more to measure
 */
export function useReadingTime(
  idleAfterMs: number,
  report: (activeMs: number) => Promise<void>,
): { flush(): Promise<void>; stop(): void } {
  const time = createActiveTime(idleAfterMs);
  const now = (): number => performance.now();
  const sign = (): void => time.sign(now());
  const look = (): void => (document.hidden ? time.pause(now()) : sign());
  async function flush(): Promise<void> {
    const activeMs = Math.round(time.take(now()));
    if (activeMs > 0) await report(activeMs);
  }
  const timer = setInterval(() => void flush(), REPORT_EVERY_MS);
  for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true });
  document.addEventListener('visibilitychange', look);
  sign(); // who has just opened it looks at it
  function stop(): void {
    clearInterval(timer);
    for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true });
    document.removeEventListener('visibilitychange', look);
    time.pause(now());
    time.take(now());
  }
  onScopeDispose(() => {
    void flush();
    stop();
  });
  return { flush, stop };
}
