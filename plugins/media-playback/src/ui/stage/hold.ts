import { shallowRef } from 'vue';

/** Begins when the key goes down; the returned function is called when it goes up. */
type Begin = () => (() => void) | undefined;

const beginners: Begin[] = [];
/** A key that is held repeats itself. */
const isHeld = shallowRef(false);

/** What the hold key does in a viewer, until the returned function is called. */
export function onHold(begin: Begin): () => void {
  beginners.push(begin);
  return () => void beginners.splice(beginners.indexOf(begin), 1);
}

/** The command of the hold key: plays as long as the key is down. */
export function hold(): void {
  if (isHeld.value) return;
  const end = beginners.at(-1)?.();
  if (!end) return;
  isHeld.value = true;
  const listeners = new AbortController();
  const stop = (): void => {
    listeners.abort();
    isHeld.value = false;
    end();
  };
  const options = { capture: true, signal: listeners.signal };
  window.addEventListener('keyup', stop, options);
  // the window has lost the keyboard: no key will be told to have gone up
  window.addEventListener('blur', stop, options);
}
