import type { Geometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import { drawDraft } from './drawing.ts';
import type { Tool, ToolHost, ToolPoint } from './tool.ts';

/** The shape of a template's default size about a point; nothing for kinds that have no size. */
export function shapeAt(
  template: Pick<Template, 'kind' | 'defaultWidth' | 'defaultHeight'>,
  x: number,
  y: number,
): Geometry | undefined {
  const { kind, defaultWidth: width, defaultHeight: height } = template;
  if (kind === 'point') return { kind, x, y };
  if (kind === 'box') return { kind, x: x - width / 2, y: y - height / 2, width, height };
  if (kind === 'ellipse') return { kind, cx: x, cy: y, rx: width / 2, ry: height / 2 };
  return undefined;
}

/**
 * Places a shape of the template's default size with each press; its ghost goes with the pointer. It is placed when the
 * button goes down, so that a hand which is already on its way to the next cell does not lose it.
 */
export function createPlaceTool(host: ToolHost): Tool {
  let pointer: ToolPoint | undefined;
  const ghost = (): Geometry | undefined => {
    const template = host.template();
    return template && pointer ? shapeAt(template, pointer.x, pointer.y) : undefined;
  };
  return {
    id: 'place',
    cursor: () => 'crosshair',
    press(point) {
      pointer = point;
      const shape = ghost();
      if (shape) host.create(shape);
      return true;
    },
    hover(point) {
      pointer = point;
      host.redraw();
    },
    key(key) {
      // without a pointer: at the middle of what is shown (WCAG 2.2, 2.1.1)
      const template = host.template();
      if (key !== 'Enter' || !template) return false;
      const middle = host.middle();
      const shape = shapeAt(template, middle.x, middle.y);
      return shape !== undefined && host.create(shape);
    },
    cancel() {
      pointer = undefined;
      host.redraw();
    },
    draw(ctx, view) {
      const shape = ghost();
      if (shape) drawDraft(ctx, view, shape, host.template()?.colour ?? '#ffffff', true);
    },
  };
}
