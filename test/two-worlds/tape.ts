import { LIVE_PATH, type LiveMessage } from '@exact/sdk/contract';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { World } from './worlds.ts';

const LIMIT_MS = 20_000;

/** A live connection that writes down all that it is told. */
export interface Tape {
  readonly messages: LiveMessage[];
  watch(projectId: number, cursor?: string): Promise<void>;
  /** Waits for a message. */
  until(isIt: (message: LiveMessage) => boolean, from?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openTape({ kernel }: World, cookie: string): Promise<Tape> {
  const url = kernel.url.replace('http:', 'ws:') + LIVE_PATH;
  const socket = new WebSocket(url, { headers: { cookie, origin: kernel.url } });
  const messages: LiveMessage[] = [];
  let heard = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as LiveMessage);
    heard();
  });
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));

  async function until(isIt: (message: LiveMessage) => boolean, from = 0): Promise<void> {
    const end = performance.now() + LIMIT_MS;
    while (!messages.slice(from).some(isIt)) {
      if (performance.now() > end) throw new Error(`Nothing was heard: ${JSON.stringify(messages.slice(from))}`);
      await Promise.race([new Promise<void>((resolve) => (heard = resolve)), delay(200)]);
    }
  }

  return {
    messages,
    until,
    async watch(projectId, cursor) {
      const from = messages.length;
      socket.send(
        JSON.stringify({ type: 'watch', projects: [projectId], ...(cursor === undefined ? {} : { cursor }) }),
      );
      await until(({ type }) => type === 'ready' || type === 'reset', from);
    },
    async close() {
      if (socket.readyState === socket.CLOSED) return;
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.close();
      });
    },
  };
}

/** Waits until all that was committed has been told: an event written now comes behind it. */
export async function settle({ kernel }: World, tape: Tape, projectId: number, mark: string): Promise<void> {
  const from = tape.messages.length;
  const event = { topic: 'leaky:settled', projectId, data: mark, userIds: 'all' };
  await kernel.platform.database.sql.query(
    `with written as (insert into core.outbox (topic, project_id, event) values ($1, $2, $3) returning 1)
     select pg_notify('exact_outbox', 'wake') from written`,
    [event.topic, projectId, JSON.stringify(event)],
  );
  await tape.until(
    (message) => message.type === 'event' && 'data' in message.event && message.event.data === mark,
    from,
  );
}
