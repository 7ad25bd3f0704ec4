import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';

/**
 * Text in a field that is saved when one leaves it. What comes from outside replaces it, but never under the hands of somebody who
 * types.
 *
 * @param written - what is stored, as the field shows it
 * @param save    - gets what was typed, when it differs; gives a sentence when it cannot be taken, and the text stays then
 */
export function useDraft(
  written: () => string,
  save: (text: string) => string | undefined,
): {
  readonly text: Ref<string>;
  readonly error: Readonly<Ref<string>>;
  begin(): void;
  end(): void;
} {
  const text = ref(written());
  const error = ref('');
  const isTyping = shallowRef(false);
  watch(written, (next) => {
    if (isTyping.value || error.value !== '') return;
    text.value = next;
  });
  function end(): void {
    isTyping.value = false;
    error.value = text.value === written() ? '' : (save(text.value) ?? '');
  }
  // The selection may go on while the field still has the focus; what was typed is not lost with it.
  onScopeDispose(end);
  return { text, error, begin: () => void (isTyping.value = true), end };
}
