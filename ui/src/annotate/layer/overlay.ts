import { extentOf, traceShape } from './shape-path.ts';
import { KIND_POINT } from './shape-store.ts';
import { markerSize } from './lod.ts';
import { SHAPE_FLAGS } from './flags.ts';
import { watchPainting } from './paint-watch.ts';
import type { Frame } from './renderer.ts';
import { mapBounds, type View } from './transform.ts';

/**
 * Draws drafts, handles or guides of a tool above everything.
 *
 * @param ctx  - in CSS pixels of the viewer; its state is saved before and restored after the call
 * @param view - maps level-0 pixels to these by `applyAffine(view.matrix, x, y)`
 */
export type OverlayDrawer = (ctx: CanvasRenderingContext2D, view: View) => void;

/** Light on dark: one of the two has contrast on any tissue or background (WCAG 1.4.11). */
const HALO = '#101418';
const CORE = '#ffffff';
const HOVER_CORE = '#ffe082';
/** "Select all in view" may be a hundred thousand: beyond this each gets a mark at its centre instead of an outline. */
const OUTLINED_AT_MOST = 2000;
const LOCKS_AT_MOST = 500;

export interface Overlay {
  readonly element: HTMLCanvasElement;
  draw(
    frame: Frame,
    selected: ReadonlySet<string>,
    hovered: string | undefined,
    drawers: Iterable<OverlayDrawer>,
  ): void;
  dispose(): void;
}

/** The sheet above the shapes. It is apart from them so that hovering or dragging a handle redraws a few shapes and not all. */
export function createOverlay(document: Document): Overlay {
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'position:absolute;left:0;top:0;pointer-events:none';
  const ctx = canvas.getContext('2d');
  if (!ctx)
    throw new Error(
      'The browser gives no 2D canvas, so annotations cannot be drawn. Close some tabs and reload the page.',
    );

  const wasPainted = watchPainting(ctx);
  let isPainted = true;
  return {
    element: canvas,
    draw(frame, selected, hovered, drawers) {
      const { view } = frame;
      const width = Math.max(1, Math.round(view.width * view.dpr));
      const height = Math.max(1, Math.round(view.height * view.dpr));
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = `${view.width}px`;
        canvas.style.height = `${view.height}px`;
      }
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      if (isPainted) ctx.clearRect(0, 0, width, height);
      ctx.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);
      if (!frame.display.hidden) {
        const slots = inView(frame, selected);
        strokeDouble(ctx, frame, slots, CORE);
        markLocked(ctx, frame, slots);
        if (hovered !== undefined && !selected.has(hovered))
          strokeDouble(ctx, frame, inView(frame, [hovered]), HOVER_CORE);
      }
      for (const drawer of drawers) {
        ctx.save();
        drawer(ctx, view);
        ctx.restore();
      }
      isPainted = wasPainted();
      const shown = isPainted ? '' : 'none';
      if (canvas.style.display !== shown) canvas.style.display = shown;
    },
    dispose: () => canvas.remove(),
  };
}

function inView({ scene, view }: Frame, ids: Iterable<string>): number[] {
  const slots: number[] = [];
  const { bounds } = scene.store;
  const box = view.bounds;
  for (const id of ids) {
    const slot = scene.store.slotOf(id);
    if (slot === undefined || scene.store.ringCount[slot] === 0) continue;
    // `!`: four numbers a slot.
    const i = slot * 4;
    if (
      bounds[i]! <= box.maxX &&
      bounds[i + 1]! <= box.maxY &&
      bounds[i + 2]! >= box.minX &&
      bounds[i + 3]! >= box.minY
    )
      slots.push(slot);
  }
  return slots;
}

function dotDouble(ctx: CanvasRenderingContext2D, frame: Frame, slots: readonly number[], core: string): void {
  const { bounds } = frame.scene.store;
  const { matrix: m } = frame.view;
  for (const [color, size] of [
    [HALO, 4],
    [core, 2],
  ] as const) {
    ctx.fillStyle = color;
    for (const slot of slots) {
      // `!`: four numbers a slot.
      const x = (bounds[slot * 4]! + bounds[slot * 4 + 2]!) / 2;
      const y = (bounds[slot * 4 + 1]! + bounds[slot * 4 + 3]!) / 2;
      ctx.fillRect(m.a * x + m.c * y + m.e - size / 2, m.b * x + m.d * y + m.f - size / 2, size, size);
    }
  }
}

/** A padlock at the upper corner of what is selected and not to be changed. */
function markLocked(ctx: CanvasRenderingContext2D, { scene, view }: Frame, slots: readonly number[]): void {
  if (slots.length > LOCKS_AT_MOST) return;
  const { bounds, flags } = scene.store;
  for (const slot of slots) {
    if ((flags[slot]! & SHAPE_FLAGS.locked) === 0) continue;
    const [minX, minY, maxX, maxY] = bounds.subarray(slot * 4, slot * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const box = mapBounds(view.matrix, { minX, minY, maxX, maxY });
    const [x, y] = [
      Math.min(Math.max(box.maxX, 10), view.width - 10),
      Math.min(Math.max(box.minY, 10), view.height - 10),
    ];
    ctx.beginPath();
    ctx.arc(x, y, 9, 0, 2 * Math.PI);
    ctx.fillStyle = HALO;
    ctx.fill();
    ctx.fillStyle = CORE;
    ctx.fillRect(x - 4, y - 1, 8, 5.5);
    ctx.beginPath();
    ctx.arc(x, y - 1.5, 2.6, Math.PI, 2 * Math.PI);
    ctx.strokeStyle = CORE;
    ctx.lineWidth = 1.4;
    ctx.stroke();
  }
}

function strokeDouble(ctx: CanvasRenderingContext2D, frame: Frame, slots: readonly number[], core: string): void {
  const { store } = frame.scene;
  const { matrix: m, scale } = frame.view;
  const radius = markerSize(slots.length) / 2 + 2;
  if (slots.length > OUTLINED_AT_MOST) return dotDouble(ctx, frame, slots, core);
  ctx.lineJoin = 'round';
  // In batches, see canvas-renderer.ts.
  for (let from = 0; from < slots.length; from += 100) {
    ctx.beginPath();
    for (const slot of slots.slice(from, from + 100)) {
      const size = extentOf(store, slot) * scale;
      if (store.kind[slot] !== KIND_POINT && size >= 3) {
        traceShape(ctx, store, slot, m, size);
        continue;
      }
      // `!`: four numbers a slot. Points and what is too small to be outlined get a ring around them.
      const x = (store.bounds[slot * 4]! + store.bounds[slot * 4 + 2]!) / 2;
      const y = (store.bounds[slot * 4 + 1]! + store.bounds[slot * 4 + 3]!) / 2;
      const px = m.a * x + m.c * y + m.e;
      const py = m.b * x + m.d * y + m.f;
      ctx.moveTo(px + radius, py);
      ctx.arc(px, py, radius, 0, 2 * Math.PI);
    }
    ctx.strokeStyle = HALO;
    ctx.lineWidth = 5;
    ctx.stroke();
    ctx.strokeStyle = core;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
}
