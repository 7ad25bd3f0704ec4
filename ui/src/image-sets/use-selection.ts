import { computed, ref, type Ref } from 'vue';

/** Chosen items of a list: one by one, or a stretch with Shift. */
export function useSelection(order: Readonly<Ref<readonly number[]>>) {
  const chosen = ref<ReadonlySet<number>>(new Set());
  let anchor: number | undefined;

  return {
    ids: computed(() => order.value.filter((id) => chosen.value.has(id))),
    has: (id: number): boolean => chosen.value.has(id),
    toggle(id: number, isStretch: boolean): void {
      const next = new Set(chosen.value);
      const isOn = !next.has(id);
      const from = anchor === undefined ? -1 : order.value.indexOf(anchor);
      const to = order.value.indexOf(id);
      const stretch = isStretch && from >= 0 ? order.value.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
      for (const each of stretch) {
        if (isOn) next.add(each);
        else next.delete(each);
      }
      anchor = id;
      chosen.value = next;
    },
    all(): void {
      chosen.value = new Set(order.value);
    },
    clear(): void {
      chosen.value = new Set();
      anchor = undefined;
    },
  };
}
