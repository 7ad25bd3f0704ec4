import { translate, type Geometry } from '@exact/geometry';
import { applyAffine } from '../layer/index.ts';
import { attempt, weld } from './areas.ts';
import { drawBand, drawHandle, drawStem } from './drawing.ts';
import { deleteVertex, dragSide, handlesOf, insertVertex, moveVertex, turnTo, type Handle } from './handles.ts';
import { pull } from './magnet.ts';
import { TARGET_PX, type Reshape, type Tool, type ToolHost, type ToolPoint } from './tool.ts';

/** Edges shorter than this on the screen get no handle in their middle: it would cover those of their ends. */
const EDGE_PX = 44;
/** From the upper side of a box or an ellipse to the handle that turns it: out of reach of the one on that side. */
const TURN_PX = 30;
const TURN_STEP = Math.PI / 12;
/** Vertices nearer to the one before get no handle: they could not be told apart. Going nearer shows them. */
const GAP_PX = 9;
/** Shapes with more points on the screen show none. */
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
      /** Whether it was chosen by the click before. */
      readonly wasChosen: boolean;
      after?: Geometry;
    }
  | { readonly type: 'band'; readonly from: ToolPoint; to: ToolPoint };

/**
 * Selects, moves, turns and reshapes. A click takes the smallest shape, the next click at the place the one below; Shift or
 * Ctrl adds and takes away, Alt takes away. Only what is selected and not locked can be dragged, so that nothing moves by a
 * slip. A click on a handle chooses it, another picks it up, and the next puts it down: for those who cannot drag (WCAG 2.2,
 * 2.5.7). `area`: dragging anywhere else draws a rubber band; without, it pans, and Shift makes the band.
 */
export function createSelectTool(host: ToolHost, id: 'select' | 'area' = 'select'): Tool {
  let grip: Grip | undefined;
  /** Where the drag has come to. */
  let latest: ToolPoint | undefined;
  /** Whether the grip stays without a button held, until the next click. */
  let isCarried = false;
  /** The handle that was clicked last; Backspace takes a vertex away. */
  let chosen: { readonly uuid: string; readonly handle: Handle } | undefined;
  /** The handles made last: finding one at each move of the pointer would make them anew each time. */
  let made: { readonly geometry: Geometry; readonly scale: number; readonly all: Handle[] } | undefined;

  function single(): { uuid: string; geometry: Geometry } | undefined {
    const [uuid, ...more] = host.selection();
    const record = uuid === undefined || more.length > 0 ? undefined : host.get(uuid);
    const isFree = record && !record.isDeleted && !host.isReadOnly && !host.isLocked(record.uuid);
    return isFree ? record : undefined;
  }
  /** Of large outlines those in view: who goes near enough can work on any of them. */
  function handles(geometry: Geometry): Handle[] {
    const scale = host.scale();
    if (made?.geometry !== geometry || made.scale !== scale)
      made = { geometry, scale, all: withGaps(handlesOf(geometry, EDGE_PX / scale, TURN_PX / scale), GAP_PX / scale) };
    if (made.all.length <= MAX_HANDLES) return made.all;
    const { minX, minY, maxX, maxY } = host.bounds();
    const inView = made.all.filter(({ x, y }) => x >= minX && x <= maxX && y >= minY && y <= maxY);
    return inView.length > MAX_HANDLES ? [] : inView;
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
  const movable = (): readonly string[] => host.selection().filter((uuid) => !host.isLocked(uuid));
  const isOnSelected = (point: ToolPoint): boolean => {
    const selected = new Set(movable());
    return !host.isReadOnly && selected.size > 0 && host.hit(point.x, point.y).some((uuid) => selected.has(uuid));
  };

  function pick(point: ToolPoint): void {
    chosen = undefined;
    const found = host.hit(point.x, point.y);
    const loading = found.length === 0 ? host.find?.(point.x, point.y) : undefined;
    if (loading) void loading.then((loaded) => choose(point, loaded));
    else choose(point, found);
  }

  function choose(point: ToolPoint, found: readonly string[]): void {
    const selection = host.selection();
    if (point.alt) {
      const away = found.find((uuid) => selection.includes(uuid));
      return host.select(selection.filter((uuid) => uuid !== away));
    }
    if (point.shift || point.ctrl) {
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
    if (handle.type === 'turn')
      return before.kind === 'box' || before.kind === 'ellipse'
        ? turnTo(before, point, point.ctrl ? Math.PI / 4 : point.shift ? TURN_STEP : 0)
        : before;
    const at = pull(host, point, [held.uuid]);
    if (handle.type === 'vertex') return moveVertex(before, handle.path, handle.index, at.x, at.y);
    return insertVertex(before, handle.path, handle.index, at.x, at.y);
  }

  /** A vertex that was moved onto a border takes the edges beside it along. */
  const welded = (geometry: Geometry, { uuid, handle }: Grip & { type: 'handle' }, point: ToolPoint): Geometry => {
    if (geometry.kind !== 'polygon' || handle.type === 'turn' || handle.type === 'side') return geometry;
    const at = pull(host, point, [uuid]);
    return attempt(host, () => weld(host, geometry, [uuid], at)) ?? geometry;
  };

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
      if (isCarried) return 'grabbing';
      if (!point) return 'default';
      if (handleAt(point)) return 'grab';
      if (isOnSelected(point)) return 'move';
      return host.hit(point.x, point.y).length > 0 ? 'pointer' : id === 'area' ? 'crosshair' : 'default';
    },
    press(point) {
      if (isCarried) return true;
      const found = handleAt(point);
      if (found) {
        const { handle, uuid, geometry } = found;
        if (handle.type === 'vertex' && point.alt) {
          const left = deleteVertex(geometry, handle.path, handle.index);
          if (left) host.reshape('vertex', [{ uuid, geometry: left }]);
          chosen = undefined;
          return true;
        }
        const wasChosen = chosen?.uuid === uuid && isSameHandle(chosen.handle, handle);
        chosen = { uuid, handle };
        grip = { type: 'handle', handle, uuid, before: geometry, wasChosen };
        host.redraw();
        return true;
      }
      if (!point.shift && !point.ctrl && !point.alt && isOnSelected(point)) {
        const before = movable().flatMap((uuid) => host.get(uuid) ?? []);
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
      if (grip?.type === 'band') grip.to = point;
      latest = point;
    },
    catchUp() {
      if (!grip || !latest) return;
      if (grip.type === 'handle') {
        grip.after = reshaped(grip, latest);
        host.preview([{ uuid: grip.uuid, geometry: grip.after }]);
      } else if (grip.type === 'shapes' && grip.before.length <= MAX_PREVIEWED)
        host.preview(moved(grip.before, grip.from, latest));
      host.redraw();
    },
    release(point, isClick) {
      const held = grip;
      if (!held) return;
      if (held.type === 'handle' && isClick && held.wasChosen && !isCarried) {
        isCarried = true;
        return host.redraw();
      }
      const isDropped = isCarried;
      grip = latest = undefined;
      isCarried = false;
      if (held.type === 'band') {
        if (isClick) pick(point);
        else {
          const found = host.inside(band(held.from, point));
          host.select(point.shift ? [...new Set([...host.selection(), ...found])] : found);
        }
      } else if (isClick && !isDropped) {
        host.preview(undefined);
        if (held.type === 'shapes') pick(point);
      } else if (held.type === 'handle') {
        const { type } = held.handle;
        const geometry = reshaped(held, point);
        host.reshape(type === 'side' ? 'resize' : type === 'turn' ? 'turn' : 'vertex', [
          { uuid: held.uuid, geometry: welded(geometry, held, point) },
        ]);
        chosen = undefined;
      } else host.reshape('move', moved(held.before, held.from, point));
      host.redraw();
    },
    click: pick,
    hover(point) {
      if (isCarried) {
        latest = point ?? latest;
        return this.catchUp?.();
      }
      host.hover(point && host.hit(point.x, point.y)[0]);
    },
    key(key) {
      if (key === 'Backspace' && chosen?.handle.type === 'vertex' && !isCarried) {
        const { uuid, handle } = chosen;
        const record = host.get(uuid);
        const left = record && deleteVertex(record.geometry, handle.path, handle.index);
        if (left) host.reshape('vertex', [{ uuid, geometry: left }]);
        chosen = undefined;
        return left !== undefined;
      }
      if (key !== 'Escape') return false;
      const isUsed = grip !== undefined || host.selection().length > 0;
      if (grip) this.cancel();
      else host.select([]);
      return isUsed;
    },
    cancel() {
      grip = chosen = latest = undefined;
      isCarried = false;
      host.preview(undefined);
      host.hover(undefined);
      host.redraw();
    },
    draw(ctx, view) {
      if (grip?.type === 'band') return drawBand(ctx, grip.from, grip.to);
      const shape = single();
      if (!shape) return;
      const geometry =
        (grip?.type === 'handle' && grip.after) || (grip?.type === 'shapes' ? undefined : shape.geometry);
      if (!geometry) return;
      const all = handles(geometry);
      const turn = all.find((handle) => handle.type === 'turn');
      const top = all.find((handle) => handle.type === 'side' && handle.sx === 0 && handle.sy === -1);
      if (turn && top) drawStem(ctx, applyAffine(view.matrix, top.x, top.y), applyAffine(view.matrix, turn.x, turn.y));
      for (const handle of all) {
        const isActive = chosen?.uuid === shape.uuid && isSameHandle(chosen.handle, handle);
        const isRound = handle.type === 'edge' || handle.type === 'turn';
        drawHandle(ctx, applyAffine(view.matrix, handle.x, handle.y), { isRound, isActive });
      }
    },
  };
}

function isSameHandle(a: Handle, b: Handle): boolean {
  if (a.type === 'side') return b.type === 'side' && a.sx === b.sx && a.sy === b.sy;
  if (a.type === 'turn' || b.type === 'turn' || b.type === 'side') return a.type === b.type;
  return a.type === b.type && a.index === b.index && a.path[0] === b.path[0] && a.path[1] === b.path[1];
}

function withGaps(handles: readonly Handle[], gap: number): Handle[] {
  let last: (Handle & { type: 'vertex' }) | undefined;
  return handles.filter((handle) => {
    if (handle.type !== 'vertex') return true;
    const isNear =
      last?.path[0] === handle.path[0] &&
      last.path[1] === handle.path[1] &&
      Math.hypot(last.x - handle.x, last.y - handle.y) < gap;
    if (!isNear) last = handle;
    return !isNear;
  });
}
