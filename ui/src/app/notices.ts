import { shallowRef } from 'vue';

/** The last short message ("saved"); shown for some seconds and read out by screen readers. */
export const notice = shallowRef<{ readonly text: string; readonly at: number } | undefined>();

export function notify(text: string): void {
  notice.value = { text, at: performance.now() };
}
