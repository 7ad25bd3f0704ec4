import { reactive, shallowRef } from 'vue';

/** Which panels of plugins are folded away; kept in this browser. */
const folded = reactive(new Map<string, boolean>());
const keyOf = (id: string): string => `exact:folded:${id}`;

/** @param atFirst - as long as nobody has folded or unfolded it */
export function isFolded(id: string, atFirst = false): boolean {
  let is = folded.get(id);
  if (is === undefined) {
    const kept = localStorage.getItem(keyOf(id));
    folded.set(id, (is = kept === null ? atFirst : kept === '1'));
  }
  return is;
}

export function setFolded(id: string, is: boolean): void {
  folded.set(id, is);
  localStorage.setItem(keyOf(id), is ? '1' : '0');
}

/** Asked for last: pages open what holds their panels when it changes. */
export const wantedPanel = shallowRef<{ readonly id: string }>();

/** Unfolds a panel and asks the page to have it in sight. */
export function showPanel(id: string): void {
  setFolded(id, false);
  wantedPanel.value = { id };
}
