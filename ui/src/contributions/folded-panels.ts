import { reactive, shallowRef } from 'vue';

/** Which panels of plugins are folded away; kept in this browser. */
const folded = reactive(new Map<string, boolean>());
const keyOf = (id: string): string => `exact:folded:${id}`;

export function isFolded(id: string): boolean {
  let is = folded.get(id);
  if (is === undefined) folded.set(id, (is = localStorage.getItem(keyOf(id)) !== null));
  return is;
}

export function setFolded(id: string, is: boolean): void {
  folded.set(id, is);
  if (is) localStorage.setItem(keyOf(id), '1');
  else localStorage.removeItem(keyOf(id));
}

/** Asked for last: pages open what holds their panels when it changes. */
export const wantedPanel = shallowRef<{ readonly id: string }>();

/** Unfolds a panel and asks the page to have it in sight. */
export function showPanel(id: string): void {
  setFolded(id, false);
  wantedPanel.value = { id };
}
