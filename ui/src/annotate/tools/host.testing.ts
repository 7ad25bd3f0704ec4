import { bounds, containsPoint, distanceToOutline, type Geometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import type { AnnotationRecord } from '../store/index.ts';
import type { Reshape, ScreenPixels, Tool, ToolChange, ToolHost, ToolPoint } from './index.ts';

export const template = (kind: Template['kind']): Template =>
  ({ id: 1, kind, colour: '#E69F00', defaultWidth: 20, defaultHeight: 10 }) as Template;

/** A host at 2 screen pixels for an image pixel, that remembers what it was asked to do. */
export function createHost() {
  const shapes = new Map<string, Geometry>();
  const created: Geometry[] = [];
  const steps: { label: string; change: ToolChange }[] = [];
  const previews: (readonly Reshape[] | undefined)[] = [];
  const told: string[] = [];
  const state = {
    selection: [] as string[],
    template: template('box'),
    accepts: true,
    angle: 0,
    locked: new Set<string>(),
    pixels: undefined as ScreenPixels | undefined,
    mpp: undefined as { x: number; y: number } | undefined,
  };
  const host: ToolHost = {
    isReadOnly: false,
    angle: () => state.angle,
    middle: () => ({ x: 500, y: 500 }),
    scale: () => 2,
    toScreen: (x, y) => ({ x: 2 * x, y: 2 * y }),
    toImage: (x, y) => ({ x: x / 2, y: y / 2 }),
    ensureDetails: () => Promise.resolve(),
    hit: (x, y) =>
      [...shapes]
        .filter(([, g]) => containsPoint(g, x, y) || distanceToOutline(g, x, y) <= 2.5)
        .sort(([, a], [, b]) => sizeOf(a) - sizeOf(b))
        .map(([uuid]) => uuid),
    inside: () => [...shapes.keys()],
    get: (uuid) => {
      const geometry = shapes.get(uuid);
      return geometry && ({ uuid, geometry, templateId: 1, isDeleted: false } as AnnotationRecord);
    },
    selection: () => state.selection,
    select: (uuids) => void (state.selection = [...uuids]),
    hover: () => undefined,
    template: () => state.template,
    colourOf: () => state.template.colour,
    create: (geometry) => {
      if (state.accepts) created.push(geometry);
      return state.accepts;
    },
    reshape: (label, reshape) => void host.change(label, { reshape }),
    change: (label, change) => {
      steps.push({ label, change });
      for (const { uuid, geometry } of change.reshape ?? []) shapes.set(uuid, geometry);
      (change.create ?? []).forEach(({ geometry }, i) => shapes.set(`new-${steps.length}-${i}`, geometry));
      for (const uuid of change.remove ?? []) shapes.delete(uuid);
      return true;
    },
    preview: (changes) => void previews.push(changes),
    redraw: () => undefined,
    options: { brushPx: 40, wandTolerance: 10, isMagnetOn: false },
    mpp: () => state.mpp,
    bounds: () => ({ minX: 0, minY: 0, maxX: 1000, maxY: 1000 }),
    within: (box) =>
      [...shapes]
        .filter(([, g]) => {
          const b = bounds(g, { width: 0, height: 0 });
          return b.minX <= box.maxX && b.maxX >= box.minX && b.minY <= box.maxY && b.maxY >= box.minY;
        })
        .map(([uuid]) => uuid),
    isLocked: (uuid) => state.locked.has(uuid),
    pixels: () => state.pixels,
    tell: (note) => void told.push(note),
    explain: (text) => void told.push(text),
  };
  return { host, shapes, created, steps, previews, told, state };
}

function sizeOf(geometry: Geometry): number {
  const { minX, minY, maxX, maxY } = bounds(geometry, { width: 0, height: 0 });
  return (maxX - minX) * (maxY - minY);
}

/** In screen pixels, as a hand moves. */
export const at = (screenX: number, screenY: number, held: Partial<ToolPoint> = {}): ToolPoint => ({
  x: screenX / 2,
  y: screenY / 2,
  screenX,
  screenY,
  shift: false,
  alt: false,
  ctrl: false,
  ...held,
});

export function drag(tool: Tool, ...path: ToolPoint[]): void {
  const [first, ...rest] = path as [ToolPoint, ...ToolPoint[]];
  tool.press(first);
  for (const point of rest) {
    tool.drag?.(point);
    tool.catchUp?.();
  }
  tool.release?.(rest.at(-1) ?? first, rest.length === 0);
}

export const click = (tool: Tool, point: ToolPoint): void => {
  if (tool.press(point)) tool.release?.(point, true);
  else tool.click?.(point);
};

/** A closed square as a polygon. */
export const square = (x: number, y: number, side: number): Geometry => ({
  kind: 'polygon',
  polygons: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});
