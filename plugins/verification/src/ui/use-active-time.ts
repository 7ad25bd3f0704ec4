import { type ActiveTime, createActiveTime } from '@exact/study';
import { onScopeDispose } from 'vue';

/** Who gives no sign for so long is taken to look at something else. */
const IDLE_AFTER_MS = 15_000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel'] as const;

/** One clock for the tab: the way from image to image does not stop it. */
const clock: ActiveTime = createActiveTime(IDLE_AFTER_MS);
const now = (): number => Math.round(performance.now());

/** Counts the time at work while the component is there. @returns gives the time since it was last asked, milliseconds */
export function useActiveTime(): () => number {
  const sign = (): void => clock.sign(now());
  const hide = (): void => void (document.hidden ? clock.pause(now()) : clock.sign(now()));
  for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true });
  document.addEventListener('visibilitychange', hide);
  onScopeDispose(() => {
    for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true });
    document.removeEventListener('visibilitychange', hide);
  });
  return () => Math.round(clock.take(now()));
}
