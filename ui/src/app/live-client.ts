import { LIVE_PATH } from '@exact/sdk/contract';
import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue';
import { invalidateBy } from './invalidation.ts';
import { createLiveConnection, type LiveSocket } from './live.ts';
import { queryClient } from './query-client.ts';

function address(): string {
  const url = new URL(LIVE_PATH, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** The one live channel of this browser tab. */
export const live = createLiveConnection(() => new WebSocket(address()) as LiveSocket);

live.onEvent((event) => invalidateBy(queryClient, event));
live.onReset(() => void queryClient.invalidateQueries());

window.addEventListener('online', () => live.retry());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.retry();
});

/** Events of the given projects arrive as long as the calling scope lives. */
export function useWatchedProjects(projects: MaybeRefOrGetter<readonly (number | undefined)[]>): void {
  let held = new Map<number, () => void>();
  watch(
    () => [...toValue(projects)],
    (ids) => {
      const next = new Map<number, () => void>();
      for (const id of ids) if (id !== undefined && !next.has(id)) next.set(id, held.get(id) ?? live.watch(id));
      for (const [id, release] of held) if (!next.has(id)) release();
      held = next;
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    for (const release of held.values()) release();
  });
}
