import { CLICK_PX, type Tool, type ToolPoint } from '../annotate/tools/index.ts';

export interface PointerInputOptions {
  readonly element: HTMLElement;
  tool(): Tool;
  /** Level-0 pixels of a screen point; nothing while no image is open. */
  toImage(x: number, y: number): { readonly x: number; readonly y: number } | undefined;
  pan(dxPx: number, dyPx: number): void;
  /** Where the pointer is, for the status line; nothing when it has left. */
  onPointer(point: ToolPoint | undefined): void;
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

/** How long a finger may rest and still tap. */
const TAP_MS = 500;

/**
 * Deals pointers out: to the tool, to panning, or, fingers, to OpenSeadragon, which pans and zooms with them. So a pen draws
 * while fingers move the slide; a tap of one finger is a click of the tool.
 */
export function createPointerInput(options: PointerInputOptions): PointerInput {
  const { element } = options;
  const fingers = new Map<number, { readonly start: ToolPoint; readonly at: number }>();
  let held: Held | undefined;
  let isPanning = false;
  let areManyFingers = false;
  let latest: ToolPoint | undefined;

  function pointOf(event: MouseEvent): ToolPoint | undefined {
    const box = element.getBoundingClientRect();
    const [screenX, screenY] = [event.clientX - box.left, event.clientY - box.top];
    const at = options.toImage(screenX, screenY);
    return at && { x: at.x, y: at.y, screenX, screenY, shift: event.shiftKey, alt: event.altKey };
  }
  const isFar = (a: ToolPoint, b: ToolPoint, px: number): boolean =>
    Math.hypot(a.screenX - b.screenX, a.screenY - b.screenY) > px;

  function refreshCursor(): void {
    const isMoving = held?.by === 'pan' || (held?.by === 'maybe-pan' && held.isMoved);
    element.style.cursor = isMoving ? 'grabbing' : isPanning ? 'grab' : options.tool().cursor(latest);
  }

  function down(event: PointerEvent): void {
    if (!isOnImage(event)) return;
    const point = pointOf(event);
    if (!point) return;
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, { start: point, at: event.timeStamp });
      if (fingers.size > 1) areManyFingers = true;
      return;
    }
    event.stopPropagation();
    if (held || event.button > 1) return;
    element.focus({ preventScroll: true });
    event.preventDefault(); // no text selection, no scrolling by the middle button
    element.setPointerCapture(event.pointerId);
    const isPan = isPanning || event.button === 1;
    const by = isPan ? 'pan' : options.tool().press(point) ? 'tool' : 'maybe-pan';
    held = { id: event.pointerId, start: point, last: point, isMoved: false, by };
    refreshCursor();
  }

  function move(event: PointerEvent): void {
    if (event.pointerType === 'touch') return;
    const isHeld = held?.id === event.pointerId;
    if (!isHeld && !isOnImage(event)) return leave();
    const point = pointOf(event);
    if (!point) return;
    latest = point;
    options.onPointer(point);
    if (!held || !isHeld) options.tool().hover?.(point);
    else {
      held.isMoved ||= isFar(held.start, point, CLICK_PX);
      if (held.by === 'tool') {
        // all places since the last frame: a quick freehand stroke stays round
        const all = event.getCoalescedEvents?.() ?? [];
        for (const one of all.length > 0 ? all : [event]) {
          const between = pointOf(one);
          if (between) options.tool().drag?.(between);
        }
      } else if (held.by === 'pan' || held.isMoved)
        options.pan(held.last.screenX - point.screenX, held.last.screenY - point.screenY);
      held.last = point;
    }
    refreshCursor();
  }

  function up(event: PointerEvent): void {
    if (event.pointerType === 'touch') return liftFinger(event);
    if (held?.id !== event.pointerId) return;
    event.stopPropagation();
    const { by, isMoved, last } = held;
    held = undefined;
    const point = pointOf(event) ?? last;
    if (by === 'tool') options.tool().release?.(point, !isMoved);
    else if (by === 'maybe-pan' && !isMoved) options.tool().click?.(point);
    refreshCursor();
  }

  function liftFinger(event: PointerEvent): void {
    const finger = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    const point = pointOf(event);
    const isTap =
      !areManyFingers &&
      finger &&
      point &&
      event.type === 'pointerup' &&
      event.timeStamp - finger.at < TAP_MS &&
      !isFar(finger.start, point, 10);
    if (fingers.size === 0) areManyFingers = false;
    if (!isTap) return;
    element.focus({ preventScroll: true });
    if (options.tool().press(point)) options.tool().release?.(point, true);
    else options.tool().click?.(point);
    options.tool().hover?.(undefined); // a finger that is up points at nothing
  }

  function cancel(event: PointerEvent): void {
    if (event.pointerType === 'touch') return liftFinger(event);
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
  /** Panels that lie over the image (map, buttons) have their own pointers. */
  function isOnImage(event: Event): boolean {
    return event.target instanceof Element && event.target.closest('[data-over-image]') === null;
  }
  const noMenu = (event: Event): void => {
    if (isOnImage(event)) event.preventDefault();
  };

  const capture = { capture: true } as const;
  element.addEventListener('pointerdown', down, capture);
  element.addEventListener('pointermove', move, capture);
  element.addEventListener('pointerup', up, capture);
  element.addEventListener('pointercancel', cancel, capture);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('dblclick', double, capture);
  element.addEventListener('contextmenu', noMenu);

  return {
    setPanning(isOn) {
      isPanning = isOn;
      refreshCursor();
    },
    refreshCursor,
    dispose() {
      element.removeEventListener('pointerdown', down, capture);
      element.removeEventListener('pointermove', move, capture);
      element.removeEventListener('pointerup', up, capture);
      element.removeEventListener('pointercancel', cancel, capture);
      element.removeEventListener('pointerleave', leave);
      element.removeEventListener('dblclick', double, capture);
      element.removeEventListener('contextmenu', noMenu);
    },
  };
}
