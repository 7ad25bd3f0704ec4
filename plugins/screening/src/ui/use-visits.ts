import { createSeenTracker, type OpenVisit, type SeenTracker, type Visit } from '@exact/screening';
import type { ViewerFacade } from '@exact/sdk/ui';
import { onScopeDispose, watch, type Ref } from 'vue';
import type { OpenPlan } from './open-plan.ts';
import type { Outbox } from './outbox.ts';
import { groupOf, type Sending } from './sending.ts';
import type { Sight } from './use-sight.ts';

/** How often what goes on is looked at: how soon one sees that a field counts. */
const TICK_MS = 100;
/** How often stays that go on are kept, in case the browser dies. */
const KEEP_MS = 1000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel'] as const;
/** Nothing is on the screen at the planned scale. */
const NOWHERE = { bounds: { minX: 0, minY: 0, maxX: 0, maxY: 0 }, downsample: Infinity };

export interface Visits {
  /** Ends the stays at once: the reader goes on. @param marks - false: what was left does not count as seen */
  leave(marks: boolean): void;
}

/**
 * Feeds the tracker with what is on the screen, and sends what it finds. Only a picture whose tiles are all there in full resolution
 * counts, in a window that is visible, with edges parallel to those of the fields, and only where nothing lies over it.
 */
export function useVisits(
  viewer: ViewerFacade,
  sight: Sight,
  open: OpenPlan,
  outbox: Outbox<Sending>,
  isOn: Readonly<Ref<boolean>>,
  onTick: (stays: readonly OpenVisit[]) => void,
): Visits {
  const tracker: SeenTracker = createSeenTracker(open.grid, open.rule);
  const ids = new Map<string, string>();
  let keptAt = 0;
  let clock = 0;
  /** Whole ms that never go back, whatever is done to the computer's clock. */
  const now = (): number => (clock = Math.max(clock, Date.now()));

  function idOf({ field, enteredAt }: Pick<Visit, 'field' | 'enteredAt'>): string {
    const key = `${field} ${enteredAt}`;
    const id = ids.get(key) ?? crypto.randomUUID();
    ids.set(key, id);
    return id;
  }
  function take(ended: readonly Visit[]): void {
    for (const visit of ended) {
      const id = idOf(visit);
      ids.delete(`${visit.field} ${visit.enteredAt}`);
      open.addVisit(visit);
      const sending: Sending = { kind: 'visit', visit: { id, ...visit } };
      outbox.finish(groupOf(open.plan.id, sending), id, sending);
    }
  }
  function look(at: number): void {
    const stays = tracker.open(at);
    onTick(stays);
    if (at - keptAt < KEEP_MS) return;
    keptAt = at;
    const going = new Set<string>();
    for (const { isSeen: _, ...stay } of stays) {
      const leftAt = Math.max(at, stay.enteredAt);
      const id = idOf(stay);
      going.add(id);
      const dwellMs = Math.min(stay.dwellMs, leftAt - stay.enteredAt);
      const sending: Sending = { kind: 'visit', visit: { id, ...stay, dwellMs, leftAt, marks: true } };
      outbox.keepOpen(groupOf(open.plan.id, sending), id, sending);
    }
    // passing by: the tracker has dropped it
    for (const [key, id] of ids) {
      if (going.has(id)) continue;
      ids.delete(key);
      outbox.finish('', id, undefined);
    }
  }

  function feed(): void {
    if (!isOn.value || isLeaving) return;
    const bounds = viewer.isSharp.value && !document.hidden ? sight.boxOf(viewer.view.value) : undefined;
    const at = now();
    take(tracker.feed({ at, ...(bounds ? { bounds, downsample: viewer.view.value.downsample } : NOWHERE) }));
    look(at);
  }
  function rest(): void {
    take(tracker.pause(now()));
    onTick([]);
  }

  /** Between the command and the next drawing the screen still shows what was left. */
  let isLeaving = false;
  async function arrive(): Promise<void> {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    isLeaving = false;
    feed();
  }

  watch([viewer.view, viewer.isSharp, sight.size], feed);
  watch(isOn, (on) => (on ? feed() : rest()), { immediate: true, flush: 'sync' });
  const timer = setInterval(() => isOn.value && look(now()), TICK_MS);
  for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true });
  document.addEventListener('visibilitychange', turn);
  window.addEventListener('pagehide', close);
  let signedAt = 0;
  function sign(): void {
    if (Date.now() - signedAt < KEEP_MS) return;
    signedAt = Date.now();
    feed();
  }
  function turn(): void {
    if (document.hidden) close();
    else feed();
  }
  /** The page may never be asked again: what it knows goes out now. */
  function close(): void {
    if (isOn.value) rest();
    outbox.flushLast();
  }
  onScopeDispose(() => {
    clearInterval(timer);
    for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true });
    document.removeEventListener('visibilitychange', turn);
    window.removeEventListener('pagehide', close);
    rest();
  });

  return {
    leave(marks) {
      take(tracker.feed({ at: now(), ...NOWHERE }, { marks }));
      isLeaving = true;
      void arrive();
    },
  };
}
