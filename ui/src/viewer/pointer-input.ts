import { CLICK_PX, type Tool, type ToolPoint } from '../annotate/tools/index.ts';
import { createFingers } from './fingers.ts';

export interface PointerInputOptions {
  readonly element: HTMLElement;
  tool(): Tool;
  /** Level-0 pixels of a screen point; nothing while no image is open. */
  toImage(x: number, y: number): { readonly x: number; readonly y: number } | undefined;
  pan(dxPx: number, dyPx: number): void;
  /** Where the pointer is, for the status line; nothing when it has left. */
  onPointer(point: ToolPoint | undefined): void;
  /** A finger rests on a place. @returns whether something was there */
  onLongPress(point: ToolPoint): boolean;
}

export interface PointerInput {
  /** While Space is held every tool pans. */
  setPanning(isOn: boolean): void;
  refreshCursor(): void;
  dispose(): void;
}

type Held = {
  readonly id: number;
  readonly start: ToolPoint;
  last: ToolPoint;
  isMoved: boolean;
  readonly by: 'tool' | 'pan' | 'maybe-pan';
};

const MIDDLE_HELD = 4;
/** The other end of a pen (Pointer Events, 3): it takes away, as Alt does. */
const ERASER = { button: 5, held: 32 } as const;
/** A notch of a mouse wheel; touch pads send many small parts of one. */
const WHEEL_NOTCH = 100;

/**
 * Deals pointers out: to the tool, to panning, or, fingers, to OpenSeadragon, which pans and zooms with them. So a pen draws
 * while fingers move the slide; a tap of one finger is a click of the tool, a long press selects. Touches that come while the
 * pen is down are the hand that rests on the glass.
 */
export function createPointerInput(options: PointerInputOptions): PointerInput {
  const { element } = options;
  let held: Held | undefined;
  let isPanning = false;
  let latest: ToolPoint | undefined;
  let wheel = 0;

  function pointOf(event: MouseEvent): ToolPoint | undefined {
    const box = element.getBoundingClientRect();
    const [screenX, screenY] = [event.clientX - box.left, event.clientY - box.top];
    const at = options.toImage(screenX, screenY);
    const alt = event.altKey || (event.buttons & ERASER.held) !== 0;
    const ctrl = event.ctrlKey || event.metaKey;
    return at && { x: at.x, y: at.y, screenX, screenY, shift: event.shiftKey, alt, ctrl };
  }
  const isFar = (a: ToolPoint, b: ToolPoint, px: number): boolean =>
    Math.hypot(a.screenX - b.screenX, a.screenY - b.screenY) > px;

  const fingers = createFingers({
    pointOf,
    isPenDown: () => held !== undefined,
    tap(point) {
      element.focus({ preventScroll: true });
      if (options.tool().press(point)) options.tool().release?.(point, true);
      else options.tool().click?.(point);
      options.tool().hover?.(undefined); // a finger that is up points at nothing
    },
    longPress: (point) => options.onLongPress(point),
  });

  function refreshCursor(): void {
    const isMoving = held?.by === 'pan' || (held?.by === 'maybe-pan' && held.isMoved);
    element.style.cursor = isMoving ? 'grabbing' : isPanning ? 'grab' : options.tool().cursor(latest);
  }

  function down(event: PointerEvent): void {
    if (!isOnImage(event)) return;
    if (event.pointerType === 'touch') return fingers.down(event);
    const point = pointOf(event);
    if (!point) return;
    event.stopPropagation();
    if (held || (event.button > 1 && event.button !== ERASER.button)) return;
    fingers.mute();
    element.focus({ preventScroll: true });
    event.preventDefault(); // no text selection, no scrolling by the middle button
    element.setPointerCapture(event.pointerId);
    latest = point;
    const isPan = isPanning || event.button === 1;
    const by = isPan ? 'pan' : options.tool().press(point) ? 'tool' : 'maybe-pan';
    held = { id: event.pointerId, start: point, last: point, isMoved: false, by };
    refreshCursor();
  }

  function move(event: PointerEvent): void {
    if (event.pointerType === 'touch') return fingers.move(event);
    const isHeld = held?.id === event.pointerId;
    if (!isHeld && !isOnImage(event)) return leave();
    const point = pointOf(event);
    if (!point) return;
    latest = point;
    options.onPointer(point);
    if (!held || !isHeld) options.tool().hover?.(point);
    else {
      held.isMoved ||= isFar(held.start, point, CLICK_PX);
      const pan = (from: ToolPoint): void => options.pan(from.screenX - point.screenX, from.screenY - point.screenY);
      // Space or the middle button in the middle of a drawing: it waits where it is
      if (held.by === 'tool' && (isPanning || (event.buttons & MIDDLE_HELD) !== 0)) pan(held.last);
      else if (held.by === 'tool') dragTool(event);
      else if (held.by === 'pan' || held.isMoved) pan(held.last);
      held.last = point;
    }
    refreshCursor();
  }

  /** With all places since the last frame: a quick freehand stroke stays round. */
  function dragTool(event: PointerEvent): void {
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length > 0 ? all : [event]) {
      const between = pointOf(one);
      if (between) options.tool().drag?.(between);
    }
    options.tool().catchUp?.();
  }

  function up(event: PointerEvent): void {
    if (event.pointerType === 'touch') return fingers.lift(event);
    if (held?.id !== event.pointerId) return;
    event.stopPropagation();
    const { by, isMoved, last } = held;
    held = undefined;
    const point = pointOf(event) ?? last;
    if (by === 'tool') options.tool().release?.(point, !isMoved);
    else if (by === 'maybe-pan' && !isMoved) options.tool().click?.(point);
    refreshCursor();
  }

  function cancel(event: PointerEvent): void {
    if (event.pointerType === 'touch') return fingers.lift(event);
    if (held?.id !== event.pointerId) return;
    held = undefined;
    options.tool().cancel();
  }

  function leave(): void {
    if (!latest) return;
    latest = undefined;
    options.onPointer(undefined);
    options.tool().hover?.(undefined);
  }

  function double(event: MouseEvent): void {
    const point = isOnImage(event) ? pointOf(event) : undefined;
    if (point) options.tool().doubleClick?.(point);
  }
  /** Alt and the wheel: the size of the brush; everything else zooms. */
  function turn(event: WheelEvent): void {
    const tool = options.tool();
    if (!event.altKey || !tool.adjust || !isOnImage(event)) return;
    event.preventDefault();
    event.stopPropagation();
    wheel -= (event.deltaY || event.deltaX) * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_NOTCH / 3);
    // browsers differ in what a notch is: a whole event in one direction is at least a step
    const steps =
      Math.abs(wheel) >= WHEEL_NOTCH / 2
        ? Math.sign(wheel) * Math.max(1, Math.round(Math.abs(wheel) / WHEEL_NOTCH))
        : 0;
    if (steps === 0) return;
    wheel = 0;
    tool.adjust(steps);
  }
  /** Panels that lie over the image (map, buttons) have their own pointers. */
  function isOnImage(event: Event): boolean {
    return event.target instanceof Element && event.target.closest('[data-over-image]') === null;
  }
  const noMenu = (event: Event): void => {
    if (isOnImage(event)) event.preventDefault();
  };

  const listeners = new AbortController();
  const { signal } = listeners;
  const capture = { capture: true, signal } as const;
  element.addEventListener('pointerdown', down, capture);
  element.addEventListener('pointermove', move, capture);
  element.addEventListener('pointerup', up, capture);
  element.addEventListener('pointercancel', cancel, capture);
  element.addEventListener('wheel', turn, { ...capture, passive: false });
  element.addEventListener('pointerleave', leave, { signal });
  element.addEventListener('dblclick', double, capture);
  element.addEventListener('contextmenu', noMenu, { signal });

  return {
    setPanning(isOn) {
      isPanning = isOn;
      refreshCursor();
    },
    refreshCursor,
    dispose() {
      listeners.abort();
      fingers.dispose();
    },
  };
}
