import { outline, type Geometry } from '@exact/geometry';
import { applyAffine, type AnnotationLayer } from '../../annotate/layer/index.ts';

const FLASH_MS = 1200;
const PULSES = 3;

/**
 * Draws an outline around a shape for about a second, so that the eye finds it; also of one that is deleted or hidden. It pulses,
 * unless the person has asked for less motion: then it stands still.
 */
export function flash(layer: AnnotationLayer, geometry: Geometry): void {
  if (geometry.kind === 'image') return;
  const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const start = performance.now();
  const rings = geometry.kind === 'point' ? [] : outline(geometry, 1);
  const remove = layer.addOverlay((ctx, { matrix }) => {
    const age = Math.min(1, (performance.now() - start) / FLASH_MS);
    const swing = isCalm ? 0.5 : (1 - Math.cos(age * PULSES * 2 * Math.PI)) / 2;
    ctx.beginPath();
    if (geometry.kind === 'point') {
      const { x, y } = applyAffine(matrix, geometry.x, geometry.y);
      ctx.arc(x, y, 12 + 6 * swing, 0, 2 * Math.PI);
    }
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const { x, y } = applyAffine(matrix, ring[i] ?? 0, ring[i + 1] ?? 0);
        if (i === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      }
    }
    ctx.lineJoin = 'round';
    ctx.globalAlpha = age < 0.8 ? 1 : (1 - age) / 0.2;
    // dark, then light: one of the two is seen on any tissue
    for (const [colour, width] of [
      ['#101418', 9 + 4 * swing],
      ['#ffd54f', 4 + 4 * swing],
    ] as const) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  });
  const tick = (): void => {
    if (performance.now() - start >= FLASH_MS) return remove();
    layer.redrawOverlay();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
