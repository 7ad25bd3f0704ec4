import { translate, type Geometry } from '@exact/geometry';
import { applyAffine } from '../layer/index.ts';
import { drawHandle } from './drawing.ts';
import { deleteVertex, dragSide, handlesOf, insertVertex, moveVertex, type Handle } from './handles.ts';
import { TARGET_PX, type Reshape, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** Edges shorter than this on the screen get no handle in their middle: it would cover those of their ends. */
const EDGE_PX = 44;
/** Shapes with more points on the screen show none: drawn so close they could not be told apart. */
const MAX_HANDLES = 400;
/** More than that move when they are dropped, not under the hand. */
const MAX_PREVIEWED = 2000;

/** What the pointer holds. */
type Grip =
  | { readonly type: 'shapes'; readonly from: ToolPoint; readonly before: readonly Reshape[] }
  | {
      readonly type: 'handle';
      readonly handle: Handle;
      readonly uuid: string;
      readonly before: Geometry;
      after?: Geometry;
    }
  | { readonly type: 'band'; readonly from: ToolPoint; to: ToolPoint };

/**
 * Selects, moves and reshapes. A click takes the smallest shape, the next click at the place the one below; Shift adds and
 * takes away. Only what is selected can be dragged, so that nothing moves by a slip. `area`: dragging anywhere else draws a
 * rubber band; without, it pans, and Shift makes the band.
 */
export function createSelectTool(host: ToolHost, id: 'select' | 'area' = 'select'): Tool {
  let grip: Grip | undefined;
  /** The vertex that Backspace takes away. */
  let active: { readonly uuid: string; readonly handle: Handle & { type: 'vertex' } } | undefined;

  function single(): { uuid: string; geometry: Geometry } | undefined {
    const [uuid, ...more] = host.selection();
    const record = uuid === undefined || more.length > 0 ? undefined : host.get(uuid);
    return record && !record.isDeleted && !host.isReadOnly ? record : undefined;
  }
  function handles(geometry: Geometry): Handle[] {
    const all = handlesOf(geometry, EDGE_PX / host.scale());
    return all.length > MAX_HANDLES ? [] : all;
  }
  function handleAt(point: ToolPoint): { uuid: string; geometry: Geometry; handle: Handle } | undefined {
    const shape = single();
    if (!shape) return undefined;
    let best: Handle | undefined;
    let nearest = TARGET_PX;
    for (const handle of handles(shape.geometry)) {
      const at = host.toScreen(handle.x, handle.y);
      // ends come before middles where both are in reach
      const distance = Math.hypot(at.x - point.screenX, at.y - point.screenY) + (handle.type === 'edge' ? 3 : 0);
      if (distance <= nearest) [best, nearest] = [handle, distance];
    }
    return best && { ...shape, handle: best };
  }
  const isOnSelected = (point: ToolPoint): boolean => {
    const selected = new Set(host.selection());
    return !host.isReadOnly && selected.size > 0 && host.hit(point.x, point.y).some((uuid) => selected.has(uuid));
  };

  function pick(point: ToolPoint): void {
    active = undefined;
    const found = host.hit(point.x, point.y);
    const selection = host.selection();
    if (point.shift) {
      const [first] = found;
      if (first === undefined) return;
      return host.select(
        selection.includes(first) ? selection.filter((uuid) => uuid !== first) : [...selection, first],
      );
    }
    const at = selection.length === 1 ? found.indexOf(selection[0] ?? '') : -1;
    const next = found[(at + 1) % Math.max(1, found.length)];
    host.select(next === undefined ? [] : [next]);
  }

  function reshaped(held: Grip & { type: 'handle' }, point: ToolPoint): Geometry {
    const { handle, before } = held;
    if (handle.type === 'side')
      return before.kind === 'box' || before.kind === 'ellipse'
        ? dragSide(before, handle.sx, handle.sy, point, point.shift)
        : before;
    if (handle.type === 'vertex') return moveVertex(before, handle.path, handle.index, point.x, point.y);
    return insertVertex(before, handle.path, handle.index, point.x, point.y);
  }

  const band = (from: ToolPoint, to: ToolPoint): number[] =>
    [
      [from.screenX, from.screenY],
      [to.screenX, from.screenY],
      [to.screenX, to.screenY],
      [from.screenX, to.screenY],
    ].flatMap(([x, y]) => {
      const at = host.toImage(x ?? 0, y ?? 0);
      return [at.x, at.y];
    });
  const moved = (before: readonly Reshape[], from: ToolPoint, to: ToolPoint): Reshape[] =>
    before.map(({ uuid, geometry }) => ({ uuid, geometry: translate(geometry, to.x - from.x, to.y - from.y) }));

  return {
    id,
    cursor(point) {
      if (grip?.type === 'shapes') return 'move';
      if (!point) return 'default';
      if (handleAt(point)) return 'grab';
      if (isOnSelected(point)) return 'move';
      return host.hit(point.x, point.y).length > 0 ? 'pointer' : id === 'area' ? 'crosshair' : 'default';
    },
    press(point) {
      const found = handleAt(point);
      if (found) {
        const { handle, uuid, geometry } = found;
        if (handle.type === 'vertex' && point.alt) {
          const left = deleteVertex(geometry, handle.path, handle.index);
          if (left) host.reshape('vertex', [{ uuid, geometry: left }]);
          active = undefined;
          return true;
        }
        active = handle.type === 'vertex' ? { uuid, handle } : undefined;
        grip = { type: 'handle', handle, uuid, before: geometry };
        host.redraw();
        return true;
      }
      if (!point.shift && isOnSelected(point)) {
        const before = host.selection().flatMap((uuid) => host.get(uuid) ?? []);
        grip = { type: 'shapes', from: point, before };
        return true;
      }
      if (point.shift || id === 'area') {
        grip = { type: 'band', from: point, to: point };
        return true;
      }
      return false;
    },
    drag(point) {
      if (!grip) return;
      if (grip.type === 'band') grip.to = point;
      else if (grip.type === 'handle') {
        grip.after = reshaped(grip, point);
        host.preview([{ uuid: grip.uuid, geometry: grip.after }]);
      } else if (grip.before.length <= MAX_PREVIEWED) host.preview(moved(grip.before, grip.from, point));
      host.redraw();
    },
    release(point, isClick) {
      const held = grip;
      grip = undefined;
      if (!held) return;
      if (held.type === 'band') {
        if (isClick) pick(point);
        else {
          const found = host.inside(band(held.from, point));
          host.select(point.shift ? [...new Set([...host.selection(), ...found])] : found);
        }
      } else if (isClick) {
        host.preview(undefined);
        if (held.type === 'shapes') pick(point);
      } else if (held.type === 'handle') {
        host.reshape(held.handle.type === 'side' ? 'resize' : 'vertex', [
          { uuid: held.uuid, geometry: reshaped(held, point) },
        ]);
        active = undefined;
      } else host.reshape('move', moved(held.before, held.from, point));
      host.redraw();
    },
    click: pick,
    hover: (point) => host.hover(point && host.hit(point.x, point.y)[0]),
    key(key) {
      if (key === 'Backspace' && active) {
        const record = host.get(active.uuid);
        const left = record && deleteVertex(record.geometry, active.handle.path, active.handle.index);
        if (left) host.reshape('vertex', [{ uuid: active.uuid, geometry: left }]);
        active = undefined;
        return left !== undefined;
      }
      if (key !== 'Escape') return false;
      const isUsed = grip !== undefined || host.selection().length > 0;
      if (grip) this.cancel();
      else host.select([]);
      return isUsed;
    },
    cancel() {
      grip = active = undefined;
      host.preview(undefined);
      host.hover(undefined);
      host.redraw();
    },
    draw(ctx, view) {
      if (grip?.type === 'band') {
        const { from, to } = grip;
        const box = [
          Math.min(from.screenX, to.screenX),
          Math.min(from.screenY, to.screenY),
          Math.abs(to.screenX - from.screenX),
          Math.abs(to.screenY - from.screenY),
        ] as const;
        ctx.fillStyle = 'rgba(120, 174, 255, 0.14)';
        ctx.strokeStyle = '#78aeff';
        ctx.fillRect(...box);
        ctx.strokeRect(...box);
        return;
      }
      const shape = single();
      if (!shape) return;
      const geometry =
        (grip?.type === 'handle' && grip.after) || (grip?.type === 'shapes' ? undefined : shape.geometry);
      if (!geometry) return;
      for (const handle of handles(geometry)) {
        const isActive = active?.uuid === shape.uuid && handle.type === 'vertex' && sameVertex(active.handle, handle);
        drawHandle(ctx, applyAffine(view.matrix, handle.x, handle.y), { isRound: handle.type === 'edge', isActive });
      }
    },
  };
}

const sameVertex = (a: Handle & { type: 'vertex' | 'edge' }, b: Handle & { type: 'vertex' | 'edge' }): boolean =>
  a.index === b.index && a.path[0] === b.path[0] && a.path[1] === b.path[1];
