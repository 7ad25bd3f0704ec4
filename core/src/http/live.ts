import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LiveMessage } from '@exact/sdk/contract';
import type { Logger, Principal } from '@exact/sdk/server';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventOutbox } from '../db/outbox.ts';
import { createLiveConnection, type LiveConnection } from './live/connection.ts';
import type { EventFilter } from './live/event-filter.ts';
import { createPresence } from './live/presence.ts';
import { createPresenceRelay } from './live/presence-relay.ts';
import { isOwnOrigin, refuseUpgrade } from './live/upgrade.ts';

export { createEventFilter, type EventFilter } from './live/event-filter.ts';

/** What is no longer as it was: rights of a person, of a project's members, or, without fields, anything. */
export interface AccessChange {
  readonly userId?: number;
  readonly projectId?: number;
}

export interface Authenticated {
  readonly principal: Principal;
  /** When the session or token ends by itself. */
  readonly expiresAt?: Date;
}

/** What the live channel asks the rest of the server. */
export interface LiveAccess {
  /** Who sent a request, by its cookie or token; nothing for nobody. Asked again when something changes. */
  authenticate(headers: IncomingHttpHeaders): Promise<Authenticated | undefined>;
  mayRead(principal: Principal, projectId: number): Promise<boolean>;
  /** Whether the person must not know what others do in the project. */
  isBlinded(principal: Principal, projectId: number): Promise<boolean>;
  /** Whether the person may see others on an image of a project, and be seen by them: never where people work blind. */
  mayMeet(principal: Principal, projectId: number, imageId: number): Promise<boolean>;
  /** Tells of sign-outs, suspensions, new passwords, and of members who come, go, or get another role. */
  onAccessChange(handler: (change: AccessChange) => void): () => void;
}

export interface LiveOptions {
  readonly log: Logger;
  readonly outbox: Pick<EventOutbox, 'current' | 'after' | 'subscribe' | 'channel'>;
  readonly access: LiveAccess;
  readonly filter: EventFilter;
  /** Origin under which browsers see the platform, where it differs from the host that they name. */
  readonly publicUrl?: string | undefined;
}

export type LiveProgress = Extract<LiveMessage, { type: 'progress' }>['job'];

/** The live channel: one WebSocket a browser. */
export interface Live {
  /** Takes over an upgrade request for LIVE_PATH; refused ones get 401 or 403. Never throws. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Passes on how far a job of somebody is, to those who watch its project; to those who work blind only of their own. Not kept. */
  publishProgress(job: LiveProgress, ownerId: number | undefined): void;
  readonly connections: number;
  /** Closes all sockets; their browsers come back by themselves. */
  close(): Promise<void>;
}

const MAX_PAYLOAD_BYTES = 64 * 1024;
const PING_EVERY_MS = 30_000;

export function createLive({ log, outbox, access, filter, publicUrl }: LiveOptions): Live {
  // No compression: it costs 300 kB of memory a socket, for messages of some hundred bytes.
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false });
  const connections = new Set<LiveConnection>();
  const presence = createPresence(createPresenceRelay(outbox.channel('exact_presence')));
  const offEvents = outbox.subscribe((events) => {
    for (const connection of connections) connection.deliver(events);
  });
  const offAccess = access.onAccessChange((change) => {
    for (const connection of connections) if (connection.isConcerned(change)) connection.recheck();
  });
  const pings = setInterval(() => {
    for (const connection of connections) connection.ping();
  }, PING_EVERY_MS);
  pings.unref();

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!isOwnOrigin(request.headers, publicUrl)) return refuseUpgrade(socket, 403);
    const known = await access.authenticate(request.headers);
    if (!known) return refuseUpgrade(socket, 401);
    server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      const connection = createLiveConnection(webSocket, request.headers, known, {
        ...{ log, outbox, access, filter, presence },
      });
      connections.add(connection);
      webSocket.once('close', () => {
        connections.delete(connection);
        connection.end();
      });
    });
  }

  return {
    handleUpgrade(request, socket, head) {
      // Until `ws` takes the socket, its errors are ours: unheard, they would end the process.
      const swallow = (): void => undefined;
      socket.on('error', swallow);
      upgrade(request, socket, head)
        .catch((error: unknown) => {
          log.error({ err: error }, 'a live connection could not be opened');
          refuseUpgrade(socket, 503);
        })
        .finally(() => socket.off('error', swallow));
    },
    publishProgress(job, ownerId) {
      for (const connection of connections) connection.progress(job, ownerId);
    },
    get connections() {
      return connections.size;
    },
    async close() {
      offEvents();
      offAccess();
      clearInterval(pings);
      for (const client of server.clients) client.close(1001, 'The server stops.');
      const patience = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 500);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(patience);
      await presence.close();
    },
  };
}
