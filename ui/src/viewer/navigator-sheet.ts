import type { NavigatorFacade } from '@exact/sdk/ui';
import { shallowRef } from 'vue';

type Drawer = Parameters<NavigatorFacade['addOverlay']>[0];
type Press = Parameters<NavigatorFacade['onPress']>[0];

/** What plugins draw on the overview map, and their say when it is pressed. The map comes and goes; they stay. */
export interface NavigatorSheet {
  readonly facade: NavigatorFacade;
  /** Whether somebody wants to be asked about presses. */
  readonly isAsked: boolean;
  /** Level-0 pixels. @returns whether somebody has taken it */
  press(x: number, y: number): boolean;
  /**
   * Draws on this canvas from now on, whose CSS size stands for an image of level-0 pixels.
   *
   * @returns to draw again after a change of size, and to end it
   */
  attach(canvas: HTMLCanvasElement, image: () => Size): { redraw(): void; detach(): void };
}
interface Size {
  readonly width: number;
  readonly height: number;
}

export function createNavigatorSheet(): NavigatorSheet {
  const drawers = new Set<Drawer>();
  const presses = new Set<Press>();
  const extent = shallowRef<Size>();
  let shown: { readonly canvas: HTMLCanvasElement; readonly image: () => Size } | undefined;

  function draw(): void {
    const ctx = shown?.canvas.getContext('2d');
    if (!shown || !ctx) return;
    const { canvas } = shown;
    const ratio = window.devicePixelRatio || 1;
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const { width: before, height: high } = extent.value ?? {};
    if (before !== size.width || high !== size.height) extent.value = size;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const image = shown.image();
    const toScreen = (x: number, y: number) => ({
      x: (x / image.width) * size.width,
      y: (y / image.height) * size.height,
    });
    for (const drawer of drawers) {
      ctx.save();
      try {
        drawer(ctx, toScreen, size);
      } catch (error) {
        drawers.delete(drawer); // one drawing that fails must not take the others along
        console.error('A drawing of a plugin on the map failed and was taken off.', error);
      }
      ctx.restore();
    }
  }

  return {
    facade: {
      size: extent,
      addOverlay(drawer) {
        drawers.add(drawer);
        draw();
        return {
          redraw: draw,
          dispose: () => {
            if (drawers.delete(drawer)) draw();
          },
        };
      },
      onPress(handle) {
        presses.add(handle);
        return () => void presses.delete(handle);
      },
    },
    get isAsked() {
      return presses.size > 0;
    },
    press: (x, y) => [...presses].some((handle) => handle(x, y)),
    attach(canvas, image) {
      const own = { canvas, image };
      shown = own;
      draw();
      // the page may lay the map out later than it makes it
      const watching = new ResizeObserver(draw);
      watching.observe(canvas);
      return {
        redraw: draw,
        detach: () => {
          watching.disconnect();
          if (shown !== own) return;
          shown = undefined;
          extent.value = undefined;
        },
      };
    },
  };
}
