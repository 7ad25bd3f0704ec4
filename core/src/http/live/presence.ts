import { randomUUID } from 'node:crypto';
import type { LiveMessage, LiveRequest, PresenceView } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';

export type PresenceRequest = Extract<LiveRequest, { type: 'presence' }>;
export type PresenceMessage = Extract<LiveMessage, { type: 'presence' | 'absent' }>;

/** Without a sign of life for so long somebody is gone: a laptop that was closed says no goodbye. */
const GONE_AFTER_MS = 10_000;
/** Beats in a second that are passed on; the rest of a second is dropped. Browsers send four. */
const MAX_BEATS = 8;
/** Whoever sends this many is no browser of ours. */
const TOO_MANY_BEATS = 100;

/** Who is on which image now, among the sockets of this process. Nothing of it is stored, nothing is told later. */
export interface Presence {
  join(options: PresenceOptions): PresenceSeat;
}

export interface PresenceOptions {
  principal(): Principal;
  /** Whether somebody may see others on an image, and be seen there. Asked at both ends, for each message. */
  mayMeet(projectId: number, imageId: number): Promise<boolean>;
  /** Sends to this socket, behind what waits there already. `isDue` is asked when it is its turn. */
  send(message: PresenceMessage, isDue: () => Promise<boolean>): void;
}

/** One socket's place. */
export interface PresenceSeat {
  /** @returns false when there are so many that the socket is to be closed */
  beat(request: PresenceRequest): Promise<boolean>;
  /** Until the next beat. */
  leave(): void;
  /** For good: the socket is closed. */
  end(): void;
}

interface Place {
  readonly projectId: number;
  readonly imageId: number;
  /** Absent for people who do not want to be seen. */
  readonly view?: PresenceView;
  readonly tool?: string;
}

interface Seat {
  readonly id: string;
  readonly options: PresenceOptions;
  place: Place | undefined;
}

/**
 * Passes on who looks at an image, and where, to the others who are on it.
 *
 * Where people work blind there is nothing to pass on, in neither direction: `mayMeet` says no for the whole project, and a
 * request for it has no answer and no effect.
 */
export function createPresence(goneAfterMs = GONE_AFTER_MS): Presence {
  const images = new Map<number, Set<Seat>>();

  /** To all others on the image: whoever is seen and whoever only looks on. */
  function tell(from: Seat, place: Place, message: PresenceMessage): void {
    for (const seat of images.get(place.imageId) ?? []) if (seat !== from) tellOne(seat, from, place, message);
  }
  function tellOne(seat: Seat, from: Seat, { projectId, imageId }: Place, message: PresenceMessage): void {
    if (seat.options.principal().userId === from.options.principal().userId) return; // their own other window
    seat.options.send(message, async () => seat.place?.imageId === imageId && seat.options.mayMeet(projectId, imageId));
  }

  function present(seat: Seat, place: Place): PresenceMessage | undefined {
    const { userId } = seat.options.principal();
    return place.view && { type: 'presence', id: seat.id, userId, ...place, view: place.view };
  }

  function clear(seat: Seat): void {
    const { place } = seat;
    if (!place) return;
    seat.place = undefined;
    const seats = images.get(place.imageId);
    seats?.delete(seat);
    if (seats?.size === 0) images.delete(place.imageId);
    if (place.view) tell(seat, place, { type: 'absent', id: seat.id, imageId: place.imageId });
  }

  function move(seat: Seat, next: Place): void {
    const before = seat.place;
    if (before && (before.imageId !== next.imageId || (before.view && !next.view))) clear(seat);
    const isNew = seat.place === undefined;
    seat.place = next;
    const seats = images.get(next.imageId) ?? new Set();
    images.set(next.imageId, seats.add(seat));
    const message = present(seat, next);
    if (message) tell(seat, next, message);
    if (!isNew) return;
    for (const other of seats) {
      const there = other !== seat && other.place && present(other, other.place);
      if (there) tellOne(seat, other, next, there);
    }
  }

  return {
    join(options) {
      const seat: Seat = { id: randomUUID(), options, place: undefined };
      let timer: NodeJS.Timeout | undefined;
      let second = 0;
      let beats = 0;
      let hasEnded = false;
      const leave = (): void => {
        clearTimeout(timer);
        clear(seat);
      };
      return {
        async beat({ type: _type, ...place }) {
          const now = Math.floor(Date.now() / 1000);
          beats = now === second ? beats + 1 : 1;
          second = now;
          if (beats > MAX_BEATS) return beats < TOO_MANY_BEATS;
          clearTimeout(timer);
          if (!(await options.mayMeet(place.projectId, place.imageId))) leave();
          else if (!hasEnded) {
            move(seat, place);
            timer = setTimeout(() => clear(seat), goneAfterMs).unref();
          }
          return true;
        },
        leave,
        end() {
          hasEnded = true;
          leave();
        },
      };
    },
  };
}
