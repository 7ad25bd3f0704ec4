import type { Geometry } from '@exact/geometry';
import { reactive, shallowReactive } from 'vue';
import type { DecisionDraft, QUEUE_ORDERS, QUEUE_WHICH, QueueItem, VoteVerdict } from '../shared/model.ts';

export type Where = 'image' | 'imageSet' | 'project';

/** Which objects are gone through, as the person has set it. */
export interface Choice {
  where: Where;
  which: (typeof QUEUE_WHICH)[number];
  order: (typeof QUEUE_ORDERS)[number];
  templates: number[];
}

/** What was said of an object. */
export interface Said {
  readonly verdict: VoteVerdict;
  readonly templateId?: number;
  readonly geometry?: Geometry;
}

/** A decision that can be taken back. */
export interface Done {
  readonly item: QueueItem;
  readonly at: number;
  /** What stood before; `unknown` where it was more than a word, in an earlier session. */
  readonly before: Said | 'unknown' | undefined;
  /** Class and shape before, where the annotation itself was changed. */
  readonly restore?: { readonly templateId: number; readonly geometry: Geometry };
}

/**
 * A person going through objects. It outlives the panel: the way leads from image to image, and each brings a new page. One in a browser
 * tab; another project begins anew.
 */
export interface Session {
  readonly projectId: number;
  readonly choice: Choice;
  isOn: boolean;
  /** The last decision is taken back as soon as its image is open. */
  wantsUndo: boolean;
  /** The list is at its end. */
  isThrough: boolean;
  items: readonly QueueItem[];
  at: number;
  total: number;
  done: number;
  /** Said in this session, by annotation. */
  readonly said: Map<string, Said>;
  readonly history: Done[];
  /** A decision of an adjudicator that waits for its reason. */
  deciding: Omit<DecisionDraft, 'decisionId' | 'reason'> | undefined;
  /** Votes that the server refused, with the reason. */
  readonly refused: Map<string, { readonly imageId: number; readonly reason: string }>;
}

let current: Session | undefined;
let wantsStart = false;

export function sessionOf(projectId: number): Session {
  if (current?.projectId === projectId) return current;
  return (current = reactive<Session>({
    projectId,
    choice: { where: 'image', which: 'todo', order: 'position', templates: [] },
    isOn: false,
    wantsUndo: false,
    isThrough: false,
    items: [],
    at: 0,
    total: 0,
    done: 0,
    said: shallowReactive(new Map<string, Said>()),
    history: shallowReactive<Done[]>([]),
    deciding: undefined,
    refused: shallowReactive(new Map()),
  }) as Session);
}

/** Ends a way through one image when another is opened, of which what was said there tells nothing. */
export function arriveAt(session: Session, imageId: number): void {
  if (session.choice.where !== 'image' || session.wantsUndo) return;
  if (session.items.every((item) => item.imageId === imageId)) return;
  Object.assign(session, { isOn: false, isThrough: false, items: [], at: 0, total: 0, done: 0, deciding: undefined });
  session.said.clear();
  session.history.length = 0;
}

/** Has the panel begin as soon as it is there. */
export function wantStart(): void {
  wantsStart = true;
}
export function takeWish(): boolean {
  const wished = wantsStart;
  wantsStart = false;
  return wished;
}

/** What keys do; the mounted panel gives itself here, since commands know no component. */
export interface Hands {
  start(): void;
  decide(verdict: 'accept' | 'reject' | 'unsure'): void;
  confirm(): void;
  reshape(): void;
  shape(step: 'left' | 'right' | 'up' | 'down' | 'larger' | 'smaller'): void;
  next(): void;
  back(): void;
  undo(): void;
  complete(): void;
  stop(): void;
}
let hands: Hands | undefined;
export function takeInHand(mounted: Hands): () => void {
  hands = mounted;
  return () => {
    if (hands === mounted) hands = undefined;
  };
}
export const inHand = (): Hands | undefined => hands;
