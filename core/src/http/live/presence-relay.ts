import type { Channel } from '../../db/outbox/line.ts';
import type { Place } from './presence.ts';
import { readPresence } from './requests.ts';

/** Four notices a second, however many people move and however fast: browsers send no more for one of them. */
const EVERY_MS = 250;
/** Who comes together is told together. */
const SOON_MS = 10;
/** PostgreSQL takes notices below 8,000 bytes. One sighting has some 200, at most 400. */
const MAX_CHARACTERS = 6000;

/** Where somebody's window is now, or, without a place, that it is gone. */
export type Sighting =
  { readonly id: string; readonly userId: number; readonly place: Place } | { readonly id: string };

/** Tells the other processes of the database who is where, and hears it from them. */
export interface PresenceRelay {
  /** Soon, and only the last one of a window. Never fails, never waits: what is lost is said again with the next beat. */
  say(sighting: Sighting): void;
  onHeard(handler: (sighting: Sighting) => void): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

export function createPresenceRelay(channel: Channel): PresenceRelay {
  const waiting = new Map<string, Sighting>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let sentAt = -Infinity;

  function plan(): void {
    if (timer || sending || waiting.size === 0) return;
    timer = setTimeout(() => void send(), Math.max(SOON_MS, sentAt + EVERY_MS - Date.now())).unref();
  }

  /** Not before the last one has gone: with a slow database, notices become fewer. */
  async function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    sentAt = Date.now();
    const notices = inNotices([...waiting.values()]);
    waiting.clear();
    sending = (async () => {
      for (const notice of notices) await channel.send(notice);
    })()
      .catch(() => undefined)
      .finally(() => {
        sending = undefined;
        plan();
      });
    await sending;
  }

  return {
    say(sighting) {
      waiting.set(sighting.id, sighting);
      plan();
    },
    onHeard(handler) {
      channel.onNotice((notice) => {
        for (const sighting of readNotice(notice)) handler(sighting);
      });
    },
    async close() {
      await sending;
      await send();
      clearTimeout(timer);
    },
  };
}

function inNotices(sightings: readonly Sighting[]): readonly string[] {
  const notices: string[] = [];
  let text = '';
  for (const sighting of sightings) {
    const { place, ...who } = { place: undefined, ...sighting };
    const piece = JSON.stringify({ ...who, ...place });
    if (text && text.length + piece.length > MAX_CHARACTERS) {
      notices.push(`[${text}]`);
      text = '';
    }
    text += text ? `,${piece}` : piece;
  }
  return text ? [...notices, `[${text}]`] : notices;
}

/** What another version of the server sends and this one does not know is left out. */
function readNotice(notice: string): readonly Sighting[] {
  try {
    const list: unknown = JSON.parse(notice);
    return Array.isArray(list) ? list.flatMap(readSighting) : [];
  } catch {
    return [];
  }
}

function readSighting(value: unknown): readonly Sighting[] {
  if (typeof value !== 'object' || value === null) return [];
  const { id, userId } = value as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) return [];
  if (userId === undefined) return [{ id }];
  const read = readPresence(value);
  if (!read?.view || typeof userId !== 'number' || !Number.isInteger(userId)) return [];
  const { type: _type, ...place } = read;
  return [{ id, userId, place }];
}
