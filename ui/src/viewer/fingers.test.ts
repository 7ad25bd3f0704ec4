import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolPoint } from '../annotate/tools/index.ts';
import { createFingers, type Fingers } from './fingers.ts';

interface Fake {
  readonly pointerId: number;
  readonly x: number;
  readonly y: number;
}
let told: string[];
let isPenDown: boolean;
let fingers: Fingers;
let isStopped: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  isPenDown = false;
  fingers = createFingers({
    pointOf: (event) => {
      const { x, y } = event as unknown as Fake;
      return { x, y, screenX: x, screenY: y, shift: false, alt: false, ctrl: false } satisfies ToolPoint;
    },
    isPenDown: () => isPenDown,
    tap: ({ x, y }) => told.push(`tap ${x},${y}`),
    longPress: ({ x, y }) => told.push(`long ${x},${y}`) > 0,
  });
});
afterEach(() => void vi.useRealTimers());

/** @returns whether OpenSeadragon gets to see the event */
function send(what: 'down' | 'move' | 'lift', pointerId: number, x = 0, y = 0): boolean {
  isStopped = false;
  const event = {
    pointerId,
    x,
    y,
    type: what === 'lift' ? 'pointerup' : `pointer${what}`,
    timeStamp: Date.now(),
    stopPropagation: () => (isStopped = true),
  };
  fingers[what](event as unknown as PointerEvent);
  return !isStopped;
}

describe('fingers on the slide', () => {
  it('tap where they touch shortly and hardly move', () => {
    send('down', 1, 10, 10);
    send('move', 1, 13, 12);
    send('lift', 1, 13, 12);
    expect(told).toEqual(['tap 13,12']);
  });
  it('do not tap when they pan or pinch', () => {
    send('down', 1, 10, 10);
    expect(send('move', 1, 60, 10)).toBe(true);
    send('move', 1, 11, 10);
    send('lift', 1, 11, 10);
    send('down', 1);
    send('down', 2, 50, 50);
    send('lift', 1);
    send('lift', 2, 50, 50);
    expect(told).toEqual([]);
  });
  it('press long where they rest, which is no tap', () => {
    send('down', 1, 10, 10);
    vi.advanceTimersByTime(600);
    send('lift', 1, 10, 10);
    expect(told).toEqual(['long 10,10']);
    send('down', 1, 10, 10);
    send('move', 1, 40, 10);
    vi.advanceTimersByTime(600);
    expect(told).toEqual(['long 10,10']);
  });
  it('are the palm while the pen is down: nothing moves, nothing taps', () => {
    isPenDown = true;
    expect([send('down', 1), send('move', 1, 30, 30), send('lift', 1)]).toEqual([false, false, false]);
    isPenDown = false;
    expect(send('down', 1)).toBe(true);
    send('lift', 1);
    expect(told).toEqual(['tap 0,0']);
  });
  it('that lay there when the pen came count no more, but go up again for OpenSeadragon', () => {
    send('down', 1);
    fingers.mute();
    vi.advanceTimersByTime(600);
    expect([send('move', 1, 40, 0), send('lift', 1)]).toEqual([false, true]);
    expect(told).toEqual([]);
  });
});
