import type { LiveEvent, LiveMessage } from '@exact/sdk/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveConnection, type LiveSocket } from './live.ts';

/** A socket whose other end the test plays. */
class FakeSocket implements LiveSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: unknown[] = [];
  isClosed = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.isClosed = true;
  }
  say(message: LiveMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const event: LiveEvent = { topic: 'project.changed', projectId: 7, what: 'plugins' };

function setUp() {
  const sockets: FakeSocket[] = [];
  const live = createLiveConnection(
    () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    () => 1,
  );
  const last = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { live, sockets, last };
}

describe('live connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells what it watches when it opens, and is online once the server is ready', () => {
    const { live, last } = setUp();
    live.watch(9);
    live.watch(7);
    live.start();
    expect(live.state.value).toBe('connecting');
    last().onopen?.();
    expect(last().sent).toEqual([{ type: 'watch', projects: [7, 9] }]);
    last().say({ type: 'ready', cursor: 'a' });
    expect(live.state.value).toBe('online');
  });

  it('opens again after a cut with the cursor of the last event', () => {
    const { live, sockets, last } = setUp();
    const seen: LiveEvent[] = [];
    live.onEvent((e) => seen.push(e));
    live.watch(7);
    live.start();
    last().onopen?.();
    last().say({ type: 'ready', cursor: 'a' });
    last().say({ type: 'event', cursor: 'b', event });
    last().onclose?.();
    expect(live.state.value).toBe('offline');
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    last().onopen?.();
    expect(last().sent).toEqual([{ type: 'watch', projects: [7], cursor: 'b' }]);
    expect(seen).toEqual([event]);
  });

  it('waits twice as long after each failure, at most half a minute, and starts over once it was online', () => {
    const { live, sockets, last } = setUp();
    live.start();
    const waits: number[] = [];
    for (let round = 0; round < 9; round++) {
      last().onclose?.();
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        vi.advanceTimersByTime(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    last().onopen?.();
    last().say({ type: 'ready', cursor: 'a' });
    last().onclose?.();
    const before = sockets.length;
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(before + 1);
  });

  it('drops a line that answers no ping', () => {
    const { live, last } = setUp();
    live.start();
    const socket = last();
    socket.onopen?.();
    socket.say({ type: 'ready', cursor: 'a' });
    vi.advanceTimersByTime(25_000);
    expect(socket.sent.at(-1)).toEqual({ type: 'ping' });
    vi.advanceTimersByTime(9_000);
    expect(live.state.value).toBe('online');
    vi.advanceTimersByTime(1_000);
    expect(live.state.value).toBe('offline');
    expect(socket.isClosed).toBe(true);
  });

  it('counts watchers of one project as one and tells the server once for many changes', async () => {
    const { live, last } = setUp();
    live.start();
    last().onopen?.();
    last().sent.length = 0;
    const first = live.watch(7);
    const second = live.watch(7);
    live.watch(8);
    await Promise.resolve();
    expect(last().sent).toEqual([{ type: 'watch', projects: [7, 8] }]);
    first();
    first();
    await Promise.resolve();
    expect(last().sent).toHaveLength(1);
    second();
    await Promise.resolve();
    expect(last().sent.at(-1)).toEqual({ type: 'watch', projects: [8] });
  });

  it('hands out progress and resets, and nothing after the undo', () => {
    const { live, last } = setUp();
    const words: string[] = [];
    const undo = live.onProgress((job) => words.push(`${job.id} ${job.progress}`));
    live.onReset(() => words.push('reset'));
    live.start();
    last().onopen?.();
    last().say({ type: 'progress', job: { id: 'j', projectId: 7, progress: 0.5, step: 'tiles' } });
    undo();
    last().say({ type: 'progress', job: { id: 'j', projectId: 7, progress: 0.6, step: 'tiles' } });
    last().say({ type: 'reset', cursor: 'z' });
    expect(words).toEqual(['j 0.5', 'reset']);
  });

  it('connects at once when asked to, and forgets its cursor when it is stopped', () => {
    const { live, sockets, last } = setUp();
    live.watch(7);
    live.start();
    last().onopen?.();
    last().say({ type: 'ready', cursor: 'a' });
    last().onclose?.();
    live.retry();
    expect(sockets).toHaveLength(2);
    live.stop();
    expect(last().isClosed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(2);
    live.start();
    last().onopen?.();
    expect(last().sent).toEqual([{ type: 'watch', projects: [7] }]);
  });
});
