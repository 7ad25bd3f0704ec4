import type { ToolPoint } from '../annotate/tools/index.ts';

export interface FingersOptions {
  pointOf(event: MouseEvent): ToolPoint | undefined;
  /** Whether pen or mouse is drawing: touches are the palm then. */
  isPenDown(): boolean;
  tap(point: ToolPoint): void;
  /** @returns whether something was there */
  longPress(point: ToolPoint): boolean;
}

export interface Fingers {
  down(event: PointerEvent): void;
  move(event: PointerEvent): void;
  /** Up or cancelled. */
  lift(event: PointerEvent): void;
  /** Has fingers that are down count for nothing any more: the pen has come. */
  mute(): void;
  dispose(): void;
}

/** How long a finger may rest and still tap; longer is a long press. */
const TAP_MS = 500;
/** How far a finger may roll in a tap, in CSS pixels. */
const ROLL_PX = 10;

interface Finger {
  readonly start: ToolPoint | undefined;
  readonly at: number;
  /** What OpenSeadragon has seen go down it must see go up, but nothing in between. */
  isMuted: boolean;
  isMoved: boolean;
}

/**
 * Fingers belong to OpenSeadragon, which pans and zooms with them. Here they are only looked at, for taps and long presses, and
 * kept from it while the pen is down.
 */
export function createFingers(options: FingersOptions): Fingers {
  const fingers = new Map<number, Finger>();
  /** Touches that began while the pen was down: OpenSeadragon knows nothing of them. */
  const palms = new Set<number>();
  let areMany = false;
  let isUsed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stopWaiting = (): void => clearTimeout(timer);

  return {
    down(event) {
      if (options.isPenDown()) {
        palms.add(event.pointerId);
        event.stopPropagation();
        return;
      }
      const start = options.pointOf(event);
      fingers.set(event.pointerId, { start, at: event.timeStamp, isMuted: false, isMoved: false });
      stopWaiting();
      if (fingers.size > 1) areMany = true;
      else if (start)
        timer = setTimeout(() => {
          isUsed = options.longPress(start);
          if (isUsed && typeof navigator.vibrate === 'function') navigator.vibrate(12);
        }, TAP_MS);
    },
    move(event) {
      if (palms.has(event.pointerId)) return event.stopPropagation();
      const finger = fingers.get(event.pointerId);
      if (!finger) return;
      if (finger.isMuted) event.stopPropagation();
      const point = options.pointOf(event);
      const { start } = finger;
      const isFar =
        point && start && Math.hypot(point.screenX - start.screenX, point.screenY - start.screenY) > ROLL_PX;
      if (isFar) finger.isMoved = true;
      if (isFar || areMany) stopWaiting();
    },
    lift(event) {
      if (palms.delete(event.pointerId)) return event.stopPropagation();
      const finger = fingers.get(event.pointerId);
      fingers.delete(event.pointerId);
      stopWaiting();
      const point = options.pointOf(event);
      const isTap =
        finger !== undefined &&
        point !== undefined &&
        !areMany &&
        !isUsed &&
        !finger.isMuted &&
        !finger.isMoved &&
        event.type === 'pointerup' &&
        event.timeStamp - finger.at < TAP_MS;
      if (fingers.size === 0) areMany = isUsed = false;
      if (isTap) options.tap(point);
    },
    mute() {
      stopWaiting();
      for (const finger of fingers.values()) finger.isMuted = true;
    },
    dispose: stopWaiting,
  };
}
