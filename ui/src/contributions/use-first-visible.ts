import { ref, watch, type Ref } from 'vue';

/** Becomes true when the element is first seen on the screen, and stays so. */
export function useFirstVisible(element: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const isSeen = ref(false);
  watch(
    element,
    (present, _, onCleanup) => {
      if (!present || isSeen.value) return;
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        isSeen.value = true;
        observer.disconnect();
      });
      observer.observe(present);
      onCleanup(() => observer.disconnect());
    },
    { immediate: true },
  );
  return isSeen;
}
