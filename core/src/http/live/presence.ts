import { randomUUID } from 'node:crypto';
import type { LiveMessage, LiveRequest, PresenceView } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { PresenceRelay, Sighting } from './presence-relay.ts';

export type PresenceRequest = Extract<LiveRequest, { type: 'presence' }>;
export type PresenceMessage = Extract<LiveMessage, { type: 'presence' | 'absent' }>;

/** Without a sign of life for so long somebody is gone: a laptop that was closed says no goodbye. */
const GONE_AFTER_MS = 10_000;
/** Beats in a second that are passed on; the rest of a second is dropped. Browsers send four. */
const MAX_BEATS = 8;
/** Whoever sends this many is no browser of ours. */
const TOO_MANY_BEATS = 100;

/** Who is on which image now, by any process of the database. Nothing of it is stored, nothing is told later. */
export interface Presence {
  join(options: PresenceOptions): PresenceSeat;
  /** Tells the other processes who has left. Call it when the sockets are closed. */
  close(): Promise<void>;
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

export interface Place {
  readonly projectId: number;
  readonly imageId: number;
  /** Absent for people who do not want to be seen. */
  readonly view?: PresenceView;
  readonly tool?: string;
}

interface Seat {
  readonly id: string;
  readonly userId: number;
  /** Absent for the socket of another process, which asks and tells its person itself. */
  readonly options?: PresenceOptions;
  place: Place | undefined;
}

interface RemoteSeat extends Seat {
  timer: NodeJS.Timeout | undefined;
}

/**
 * Passes on who looks at an image, and where, to the others who are on it.
 *
 * Where people work blind there is nothing to pass on, in neither direction: `mayMeet` says no for the whole project, and a
 * request for it has no answer and no effect. What comes from another process has been asked about there for its sender, and is
 * asked about here for each receiver. A process that dies says no goodbye: its people are gone when their time is over.
 */
export function createPresence(relay?: PresenceRelay, goneAfterMs = GONE_AFTER_MS): Presence {
  const images = new Map<number, Set<Seat>>();
  const local = new Set<string>();
  const remote = new Map<string, RemoteSeat>();

  /** To all others on the image: whoever is seen and whoever only looks on. */
  function tell(from: Seat, place: Place, message: PresenceMessage): void {
    for (const seat of images.get(place.imageId) ?? []) if (seat !== from) tellOne(seat, from, place, message);
  }
  function tellOne(seat: Seat, from: Seat, { projectId, imageId }: Place, message: PresenceMessage): void {
    const { options } = seat;
    if (!options || seat.userId === from.userId) return; // told by another process, or their own other window
    options.send(message, async () => seat.place?.imageId === imageId && options.mayMeet(projectId, imageId));
  }

  function present({ id, userId }: Seat, place: Place): PresenceMessage | undefined {
    return place.view && { type: 'presence', id, userId, ...place, view: place.view };
  }

  function clear(seat: Seat): void {
    const { place } = seat;
    if (!place) return;
    if (seat.options && place.view) relay?.say({ id: seat.id });
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
    if (message && seat.options) relay?.say({ id: seat.id, userId: seat.userId, place: next });
    if (!isNew) return;
    for (const other of seats) {
      const there = other !== seat && other.place && present(other, other.place);
      if (there) tellOne(seat, other, next, there);
    }
  }

  function hear(sighting: Sighting): void {
    const { id } = sighting;
    if (local.has(id)) return; // our own, sent back
    const seat =
      remote.get(id) ?? ('place' in sighting && { id, userId: sighting.userId, place: undefined, timer: undefined });
    if (!seat) return;
    clearTimeout(seat.timer);
    const forget = (): void => {
      remote.delete(id);
      clear(seat);
    };
    if (!('place' in sighting)) return forget();
    remote.set(id, seat);
    move(seat, sighting.place);
    seat.timer = setTimeout(forget, goneAfterMs).unref();
  }
  relay?.onHeard(hear);

  return {
    async close() {
      for (const seat of remote.values()) clearTimeout(seat.timer);
      await relay?.close();
    },
    join(options) {
      const seat: Seat = { id: randomUUID(), userId: options.principal().userId, options, place: undefined };
      local.add(seat.id);
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
          local.delete(seat.id);
        },
      };
    },
  };
}
