import type { LiveMessage, LiveRequest, PresenceView } from '@exact/sdk/contract';
import type { View } from '@exact/sdk/ui';
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';

type Told = Extract<LiveMessage, { type: 'presence' | 'absent' }>;
type Said = Extract<LiveRequest, { type: 'presence' | 'absent' }>;

/** Another person's window on the open image. */
export interface PersonHere {
  readonly id: string;
  readonly userId: number;
  readonly view: PresenceView;
  readonly tool?: string | undefined;
}

export interface PresenceState {
  readonly people: Readonly<Ref<readonly PersonHere[]>>;
  /** Whose view this one goes along with; by `PersonHere.id`. */
  readonly followed: Readonly<Ref<string | undefined>>;
  /** This person sees the others without being seen. */
  readonly isHidden: Readonly<Ref<boolean>>;
  /** Goes to what somebody sees and along with them, until {@link stop} or a move of one's own. */
  follow(id: string): void;
  stop(): void;
}

/** While one moves: four times a second. */
const MOVE_MS = 250;
/** While one does not: the server takes who is silent for ten seconds for gone. */
const BEAT_MS = 4000;
/** A little longer than the server waits: the line to it may be cut. */
const GONE_MS = 12_000;

export interface PresenceOptions {
  readonly projectId: number;
  readonly imageId: number;
  readonly view: Readonly<Ref<View>>;
  readonly tool: Readonly<Ref<string>>;
  /** Off: nothing is told and nothing is shown. Never on in a project in which people work blind. */
  readonly isOn: Readonly<Ref<boolean>>;
  readonly isHidden: Readonly<Ref<boolean>>;
  /** Of the canvas, CSS pixels. */
  size(): { readonly x: number; readonly y: number };
  say(request: Said): void;
  onTold(handle: (message: Told) => void): () => void;
  /** Goes there; what is asked for may be kept within bounds. */
  goTo(view: PresenceView): void;
  /** Where the view is or is going: a text that changes with it. */
  heading(): string;
  /** Calls back at each move of the view. */
  onView(listener: () => void): () => void;
  /** Following has ended; `isGone`: since that person went. */
  onStop(person: PersonHere, isGone: boolean): void;
}

/** Who else is on the open image, and where; to be called within a scope, which ends it. */
export function createPresenceState(options: PresenceOptions): PresenceState {
  const { projectId, imageId, view, tool, isOn, isHidden } = options;
  const here = new Map<string, { readonly person: PersonHere; readonly timer: ReturnType<typeof setTimeout> }>();
  const people = shallowRef<readonly PersonHere[]>([]);
  const followed = shallowRef<string>();
  let expected: string | undefined;
  let lastSaid = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function ownView(): PresenceView | undefined {
    const { centerX: x, centerY: y, downsample, rotation } = view.value;
    const { x: width, y: height } = options.size();
    const isShown = (x !== 0 || y !== 0) && width > 0 && height > 0;
    return isShown ? { x, y, width: width * downsample, height: height * downsample, rotation } : undefined;
  }
  function beat(): void {
    clearTimeout(timer);
    if (!isOn.value) return;
    timer = setTimeout(beat, BEAT_MS);
    // Two who follow each other would drive each other out of the picture: who follows is where the other one is.
    const seen = (followed.value && here.get(followed.value)?.person.view) || ownView();
    if (!seen) return;
    lastSaid = Date.now();
    const shown = isHidden.value ? {} : { view: seen, tool: tool.value };
    options.say({ type: 'presence', projectId, imageId, ...shown });
  }
  function beatSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(beat, Math.max(0, lastSaid + MOVE_MS - Date.now()));
  }

  function tell(): void {
    people.value = [...here.values()].map(({ person }) => person);
  }
  function forget(id: string): void {
    const entry = here.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    here.delete(id);
    tell();
    if (followed.value === id) end(entry.person, true);
  }
  function forgetAll(): void {
    for (const id of [...here.keys()]) forget(id);
  }
  function end(person: PersonHere, isGone: boolean): void {
    followed.value = undefined;
    expected = undefined;
    options.onStop(person, isGone);
  }
  function goAlong(person: PersonHere): void {
    expected = undefined; // its own moves are none of this person's
    options.goTo(person.view);
    expected = options.heading();
  }

  onScopeDispose(
    options.onTold((message) => {
      if (message.imageId !== imageId || !isOn.value) return;
      if (message.type === 'absent') return forget(message.id);
      const { id, userId, view: seen, tool: inHand } = message;
      const person: PersonHere = { id, userId, view: seen, tool: inHand };
      clearTimeout(here.get(id)?.timer);
      here.set(id, { person, timer: setTimeout(() => forget(id), GONE_MS) });
      tell();
      if (followed.value === id) goAlong(person);
    }),
  );
  onScopeDispose(
    options.onView(() => {
      const entry = followed.value === undefined ? undefined : here.get(followed.value);
      if (entry && expected !== undefined && options.heading() !== expected) end(entry.person, false);
    }),
  );
  watch([view, tool], beatSoon);
  watch([isOn, isHidden], ([on]) => {
    if (on) return beat();
    clearTimeout(timer);
    options.say({ type: 'absent' });
    forgetAll();
  });
  beatSoon();
  onScopeDispose(() => {
    clearTimeout(timer);
    if (isOn.value) options.say({ type: 'absent' });
    for (const entry of here.values()) clearTimeout(entry.timer);
  });

  return {
    people,
    followed,
    isHidden,
    follow(id) {
      const entry = here.get(id);
      if (!entry) return;
      followed.value = id;
      goAlong(entry.person);
    },
    stop() {
      const entry = followed.value === undefined ? undefined : here.get(followed.value);
      if (entry) end(entry.person, false);
    },
  };
}

/** Colours of people, told apart by colour-blind eyes (Okabe and Ito 2008), on dark and light ground. */
const COLOURS = ['#e69f00', '#56b4e9', '#2bbf8f', '#f0e442', '#cc79a7', '#e8743b'] as const;
export const colourOfPerson = (userId: number): string => COLOURS[userId % COLOURS.length] ?? COLOURS[0];

/** Corners of what somebody sees, level-0 pixels: `x,y x,y …` as SVG takes them. */
export function cornersOf({ x, y, width, height, rotation }: PresenceView): string {
  // the view is turned, so the rectangle lies turned back on the image
  const [cos, sin] = [Math.cos((-rotation * Math.PI) / 180), Math.sin((-rotation * Math.PI) / 180)];
  return (
    [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ] as const
  )
    .map(([sx, sy]) => [(sx * width) / 2, (sy * height) / 2] as const)
    .map(([dx, dy]) => `${Math.round(x + dx * cos - dy * sin)},${Math.round(y + dx * sin + dy * cos)}`)
    .join(' ');
}
