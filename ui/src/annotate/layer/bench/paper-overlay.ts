import type OpenSeadragon from 'openseadragon';
import paper from 'paper';
import type { Shape } from '../shape-store.ts';

export interface PaperOverlay {
  load(shapes: readonly Shape[], colours: readonly string[]): void;
  draw(): void;
  dispose(): void;
}

/** What we are measured against: polygons as paths of paper.js over the viewer, moved with it, as the original EXACT has them. */
export function createPaperOverlay(viewer: OpenSeadragon.Viewer): PaperOverlay {
  const canvas = document.createElement('canvas');
  canvas.dataset['paper'] = '';
  const { x: width, y: height } = viewer.viewport.getContainerSize();
  canvas.style.cssText = `position:absolute;left:0;top:0;width:${width}px;height:${height}px;pointer-events:none`;
  canvas.width = width;
  canvas.height = height;
  viewer.canvas.append(canvas);
  paper.setup(canvas);
  paper.view.autoUpdate = false;
  const follow = (): void => {
    const image = viewer.world.getItemAt(0);
    const size = image.getContentSize();
    const center = viewer.viewport.getCenter(true);
    paper.view.zoom = image.viewportToImageZoom(viewer.viewport.getZoom(true));
    paper.view.center = new paper.Point(center.x * size.x, center.y * size.x);
    paper.view.update();
  };
  viewer.addHandler('update-viewport', follow);
  return {
    load(shapes, colours) {
      for (const { geometry, templateId } of shapes) {
        if (geometry.kind !== 'polygon') continue;
        const [[ring = []] = []] = geometry.polygons;
        const segments: [number, number][] = [];
        for (let i = 0; i < ring.length; i += 2) segments.push([ring[i] ?? 0, ring[i + 1] ?? 0]);
        const path = new paper.Path({ segments, closed: true, strokeWidth: 2, strokeScaling: false });
        const colour = new paper.Color(colours[templateId] ?? '#9e9e9e');
        path.strokeColor = colour;
        const fill = colour.clone();
        fill.alpha = 0.15;
        path.fillColor = fill;
      }
      follow();
    },
    draw: follow,
    dispose() {
      viewer.removeHandler('update-viewport', follow);
      paper.project.remove();
      canvas.remove();
    },
  };
}
