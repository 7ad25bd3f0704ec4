import type { IncomingHttpHeaders } from 'node:http';
import type { LiveEvent, LiveMessage, LiveRequest } from '@exact/sdk/contract';
import type { RawData, WebSocket } from 'ws';
import type { SequencedEvent } from '../../db/outbox.ts';
import type { AccessChange, Authenticated, LiveOptions, LiveProgress } from '../live.ts';
import type { Presence } from './presence.ts';
import { readRequest } from './requests.ts';

/** A reader that does not keep up is cut off: it comes back with its cursor, and memory stays bounded. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const MAX_WAITING_TURNS = 500;
const REPLAY_PAGE = 500;
/** Longest time that a timer takes. */
const MAX_TIMER_MS = 2_147_483_647;

/** One browser's socket. */
export interface LiveConnection {
  deliver(events: readonly SequencedEvent[]): void;
  progress(job: LiveProgress, ownerId: number | undefined): void;
  isConcerned(change: AccessChange): boolean;
  /** Looks again who this is and what they may read, before anything else is sent. */
  recheck(): void;
  ping(): void;
  end(): void;
}

/**
 * Speaks the protocol of sdk/src/contract/live.ts with one client.
 *
 * Requests, events and rechecks queue up behind each other, so a replay ends before newer events go out, and nothing that was
 * committed after a right was taken away is sent.
 */
export function createLiveConnection(
  socket: WebSocket,
  headers: IncomingHttpHeaders,
  known: Authenticated,
  { log, outbox, access, filter, presence }: Omit<LiveOptions, 'publicUrl'> & { readonly presence: Presence },
): LiveConnection {
  let { principal } = known;
  let watched = new Set<number>();
  /** Place of the last event that this client has seen or passed over; older ones are not sent again. */
  let sent = 0;
  /** Cursor of the last event that went to the client. */
  let told = 0;
  let waiting = 0;
  let turns: Promise<void> = Promise.resolve();
  let isAlive = true;
  let expiry = expireAt(known.expiresAt);

  function queue(turn: () => Promise<void>): void {
    if (waiting >= MAX_WAITING_TURNS) return socket.terminate();
    waiting++;
    turns = turns
      .then(() => (socket.readyState === socket.OPEN ? turn() : undefined))
      .catch((error: unknown) => {
        // The client starts again from its cursor, when the database is back.
        log.warn({ err: error }, 'a live connection is cut off after a failure');
        socket.close(1011, 'Try again.');
      })
      .finally(() => {
        waiting--;
      });
  }

  function send(message: LiveMessage): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return socket.terminate();
    socket.send(JSON.stringify(message));
  }

  const seat = presence.join({
    principal: () => principal,
    mayMeet: async (projectId, imageId) =>
      watched.has(projectId) && (await access.mayMeet(principal, projectId, imageId)),
    send: (message, isDue) => queue(async () => void ((await isDue()) && send(message))),
  });

  async function sendEvents(events: readonly SequencedEvent[]): Promise<void> {
    for (const { cursor, event } of events) {
      if (Number(cursor) <= sent) continue;
      sent = Number(cursor);
      if (!watched.has(event.projectId)) continue;
      if (isAboutMembers(event) && !(await recheck())) return;
      if (!watched.has(event.projectId)) continue;
      const visible = await filter(event, principal).catch((error: unknown) => {
        // `annotations.visible` refuses rather than shows by accident; so do we.
        log.warn({ err: error }, 'an event is withheld: its visibility could not be told');
        return undefined;
      });
      if (!visible) continue;
      told = Number(cursor);
      send({ type: 'event', cursor, event: visible });
    }
  }

  async function watch({ projects, cursor }: Extract<LiveRequest, { type: 'watch' }>): Promise<void> {
    watched = new Set();
    const refused: number[] = [];
    for (const id of projects) {
      if (await access.mayRead(principal, id)) watched.add(id);
      else refused.push(id);
    }
    if (refused.length > 0) send({ type: 'refused', projects: refused });
    if (cursor === undefined) {
      const now = await outbox.current();
      sent = Number(now);
      return send({ type: 'ready', cursor: now });
    }
    await catchUp(cursor);
  }

  /** Sends what happened since the cursor. What happens meanwhile queues up behind, and is skipped where it was sent here. */
  async function catchUp(cursor: string): Promise<void> {
    // Taken first: all before it is committed, so the pages below reach at least so far.
    const now = await outbox.current();
    let at = cursor;
    for (;;) {
      const page = await outbox.after(at, [...watched], REPLAY_PAGE);
      if (!page) {
        sent = Number(now);
        return send({ type: 'reset', cursor: now });
      }
      sent = Number(at);
      await sendEvents(page);
      at = page.at(-1)?.cursor ?? at;
      if (page.length < REPLAY_PAGE || socket.readyState !== socket.OPEN) break;
    }
    sent = Math.max(Number(at), Number(now));
    // The last place that was passed over may be that of an event that is none of the client's business.
    send({ type: 'ready', cursor: String(Math.max(told, Number(now))) });
  }

  async function recheck(): Promise<boolean> {
    const again = await access.authenticate(headers);
    if (again?.principal.userId !== principal.userId) {
      socket.close(4401, 'Sign in again.');
      return false;
    }
    principal = again.principal;
    clearTimeout(expiry);
    expiry = expireAt(again.expiresAt);
    const lost: number[] = [];
    for (const id of watched) if (!(await access.mayRead(principal, id))) lost.push(id);
    for (const id of lost) watched.delete(id);
    if (lost.length > 0) send({ type: 'refused', projects: lost });
    return true;
  }

  function expireAt(time: Date | undefined): NodeJS.Timeout | undefined {
    if (!time) return undefined;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, time.getTime() - Date.now()));
    return setTimeout(() => queue(async () => void (await recheck())), waitMs).unref();
  }

  socket.on('error', () => undefined); // too large, not UTF-8, broken line: `ws` closes the socket itself
  socket.on('pong', () => (isAlive = true));
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const request = isBinary ? undefined : readRequest(data.toString());
    if (!request) return socket.close(1008, 'This is not a request of the live channel.');
    queue(() => answer(request));
  });

  async function answer(request: LiveRequest): Promise<void> {
    switch (request.type) {
      case 'ping':
        return send({ type: 'pong' });
      case 'watch':
        return watch(request);
      case 'presence':
        if (!(await seat.beat(request))) socket.close(1008, 'Presence is told far too often.');
        return;
      case 'absent':
        return seat.leave();
    }
  }

  return {
    deliver(events) {
      if (events.some(({ event }) => watched.has(event.projectId)) || waiting > 0) queue(() => sendEvents(events));
    },
    progress(job, ownerId) {
      if (!watched.has(job.projectId)) return;
      queue(async () => {
        if (!watched.has(job.projectId)) return;
        if (ownerId !== principal.userId && (await access.isBlinded(principal, job.projectId))) return;
        send({ type: 'progress', job });
      });
    },
    isConcerned: ({ userId, projectId }) =>
      (userId === undefined || userId === principal.userId) &&
      (projectId === undefined || userId !== undefined || watched.has(projectId)),
    recheck: () => queue(async () => void (await recheck())),
    ping() {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
      queue(async () => void (await recheck()));
    },
    end() {
      clearTimeout(expiry);
      seat.end();
    },
  };
}

function isAboutMembers(event: LiveEvent): boolean {
  return event.topic === 'project.changed' && 'what' in event && event.what === 'members';
}
