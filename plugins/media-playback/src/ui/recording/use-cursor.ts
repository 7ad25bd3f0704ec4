import type { ViewerFacade } from '@exact/sdk/ui';
import { onScopeDispose, watch } from 'vue';
import { columnAt, timeAt } from './grid.ts';
import type { Recording } from './use-recording.ts';

/** Draws where the recording plays as a line over its image, and has the image move along. */
export function useCursor(viewer: ViewerFacade, { grid, player }: Recording, isFollowing: () => boolean): void {
  let overlay: ReturnType<ViewerFacade['addOverlay']> | undefined;

  function draw(canvas: CanvasRenderingContext2D, toScreen: (x: number, y: number) => { x: number; y: number }): void {
    const shown = grid.value;
    const state = player.value?.transport.state;
    if (!shown || !state) return;
    const line = (x: number): void => {
      const [top, bottom] = [toScreen(x, 0), toScreen(x, shown.rows)];
      canvas.beginPath();
      canvas.moveTo(top.x, top.y);
      canvas.lineTo(bottom.x, bottom.y);
      canvas.stroke();
    };
    const stroke = (x: number, colour: string, width: number): void => {
      Object.assign(canvas, { strokeStyle: colour, lineWidth: width });
      line(x);
    };
    if (state.part) {
      const [from, to] = [columnAt(shown, state.part.fromS), columnAt(shown, state.part.toS)];
      const corners = [toScreen(from, 0), toScreen(to, 0), toScreen(to, shown.rows), toScreen(from, shown.rows)];
      canvas.beginPath();
      for (const { x, y } of corners) canvas.lineTo(x, y);
      canvas.closePath();
      canvas.fillStyle = 'rgb(120 174 255 / 0.16)';
      canvas.fill();
    }
    const x = columnAt(shown, state.timeS);
    // dark beside light: seen on any colour
    stroke(x, 'rgb(10 13 17 / 0.75)', 4);
    stroke(x, '#fff', 2);
  }

  watch(
    [grid, player],
    ([shown, made]) => {
      overlay?.dispose();
      overlay = shown && made ? viewer.addOverlay(draw) : undefined;
    },
    { immediate: true },
  );
  onScopeDispose(() => overlay?.dispose());

  watch(
    () => {
      const state = player.value?.transport.state;
      return [state?.timeS, state?.part, state?.isPlaying] as const;
    },
    ([timeS, , isPlaying], [before]) => {
      overlay?.redraw();
      if (isPlaying && timeS !== undefined && before !== undefined && isFollowing()) follow(before, timeS);
    },
  );

  /** Turns the page when the line leaves it by itself: who has moved the image away from it wants to look there. */
  function follow(beforeS: number, nowS: number): void {
    const shown = grid.value;
    if (!shown) return;
    const { bounds, centerY, rotation } = viewer.view.value;
    const isIn = (timeS: number): boolean => {
      const x = columnAt(shown, timeS);
      return x >= bounds.minX && x <= bounds.maxX;
    };
    if (!isIn(beforeS) || isIn(nowS) || rotation % 360 !== 0) return;
    const width = bounds.maxX - bounds.minX;
    viewer.goTo({ x: columnAt(shown, nowS) + width * 0.4, y: centerY }, { isImmediate: true });
  }
}

/** The place of the recording below the pointer, or in the middle of what is shown. */
export function placeToPlay(viewer: ViewerFacade, { grid, facts }: Recording): number | undefined {
  const shown = grid.value;
  if (!shown) return undefined;
  const x = viewer.pointer.value?.x ?? viewer.view.value.centerX;
  return Math.min(facts.value?.durationS ?? Infinity, Math.max(0, timeAt(shown, x)));
}
