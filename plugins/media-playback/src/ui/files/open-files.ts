import { shallowRef } from 'vue';
import type { Transport } from '../playing/transport.ts';
import { current } from '../playing/turns.ts';

/** A file of the inspected annotation, as its panel shows it. */
export interface OpenFile {
  readonly element: () => HTMLElement | null;
  /** Of sounds and films. */
  readonly transport?: Transport;
  /** Of films: one picture on (1) or back (−1). */
  readonly step?: (by: 1 | -1) => void;
  /** Brings it into sight and takes the focus there. */
  show(): void;
}

const files = new Set<OpenFile>();
/** The one that was gone to last. */
const chosen = shallowRef<OpenFile>();
/** A large picture has the keys for next and previous to itself. */
const large = shallowRef<((by: 1 | -1) => void) | undefined>();

export function addFile(file: OpenFile): () => void {
  files.add(file);
  return () => {
    files.delete(file);
    if (chosen.value === file) chosen.value = undefined;
  };
}
export function takeSteps(step: (by: 1 | -1) => void): () => void {
  large.value = step;
  return () => {
    if (large.value === step) large.value = undefined;
  };
}

/** In the order of the page. */
function inOrder(): OpenFile[] {
  return [...files].sort((a, b) => {
    const [one, other] = [a.element(), b.element()];
    if (!one || !other) return 0;
    return (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) > 0 ? -1 : 1;
  });
}
const playing = (): OpenFile | undefined =>
  [...files].find(({ transport }) => transport && transport === current.value);

/** Goes to the next file (1) or the one before (−1), and plays it. */
export function stepFile(by: 1 | -1): void {
  if (large.value) return large.value(by);
  const all = inOrder();
  const from = all.indexOf(chosen.value ?? playing() ?? (all[by > 0 ? all.length - 1 : 0] as OpenFile));
  const next = all[(from + by + all.length) % all.length];
  if (!next) return;
  chosen.value = next;
  next.show();
  if (next.transport) {
    next.transport.seek(0);
    void next.transport.play();
  } else current.value?.pause();
}

/** The player that keys are for: what was heard last, else the first there is. */
export const inHand = (): Transport | undefined =>
  current.value ?? inOrder().find(({ transport }) => transport)?.transport;

/** The film that keys for single pictures are for. */
export function stepFrame(by: 1 | -1): void {
  const films = inOrder().filter(({ step }) => step);
  const film = films.find(({ transport }) => transport === current.value) ?? films[0];
  film?.step?.(by);
}
