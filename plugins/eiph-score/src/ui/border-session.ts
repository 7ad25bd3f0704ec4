import { reactive } from 'vue';
import type { QueuedCell } from '../shared/contract.ts';

/**
 * A person going through the border queue. It outlives the panel: the way leads from image to image, and each brings a new page. One in a
 * browser tab; another project begins anew.
 */
export interface BorderSession {
  readonly projectId: number;
  where: 'image' | 'set';
  isOn: boolean;
  items: readonly QueuedCell[];
  /** In the queue when it was read, more than are listed. */
  total: number;
  at: number;
  /** What was said of a cell in this session. */
  readonly said: Map<string, 'kept' | 'moved'>;
}

let current: BorderSession | undefined;

export function sessionOf(projectId: number): BorderSession {
  if (current?.projectId !== projectId)
    current = reactive<BorderSession>({
      ...{ projectId, where: 'image', isOn: false, items: [], total: 0, at: 0 },
      said: new Map(),
    });
  return current;
}

/** What commands can ask of the panel that is on the page. */
export interface BorderPanelHand {
  start(): void;
  /** Keeps the class, and verifies it. */
  accept(): void;
  /** Gives it the class on the other side of the border. */
  cross(): void;
  step(by: 1 | -1): void;
  stop(): void;
}

let hand: BorderPanelHand | undefined;
let isStartWanted = false;

export const inHand = (): BorderPanelHand | undefined => hand;
export const wantStart = (): void => void (isStartWanted = true);
/** Whether the queue was asked for while the panel was folded; asks once. */
export function takeWish(): boolean {
  const was = isStartWanted;
  isStartWanted = false;
  return was;
}
export function takeInHand(panel: BorderPanelHand): () => void {
  hand = panel;
  return () => {
    if (hand === panel) hand = undefined;
  };
}
