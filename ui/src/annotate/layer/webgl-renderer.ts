import { buildDots, buildFills, buildLines, buildMarks, type Packed } from './chunk-geometry.ts';
import { Chunks, type Chunk } from './chunks.ts';
import { chunkLevel, markerSize, PIXEL_LIMIT, RING_FROM, RING_WIDTH } from './lod.ts';
import { marksInView } from './mark-raster.ts';
import type { Frame, Renderer } from './renderer.ts';
import type { Scene } from './scene.ts';
import type { StyleTable } from './styles.ts';
import type { MarkTile } from './summary.ts';
import { deviceMatrix } from './transform.ts';
import {
  createProgram,
  DOT_FRAGMENT,
  DOT_VERTEX,
  FILL_FRAGMENT,
  FILL_VERTEX,
  LINE_FRAGMENT,
  LINE_VERTEX,
  type Program,
} from './webgl-program.ts';

/** Geometry of one kind on the graphics card. */
interface Mesh {
  readonly vao: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  readonly count: number;
}

type MeshName = 'dots' | 'coarseLines' | 'fullLines' | 'coarseFills' | 'fullFills';

/** What is on the card for a chunk, with the origin its vertices count from. */
interface Loaded {
  readonly version: number;
  readonly x: number;
  readonly y: number;
  readonly meshes: Partial<Record<MeshName, Mesh>>;
}

/** Everything that dies with the context. */
interface Resources {
  readonly line: Program;
  readonly fill: Program;
  readonly dot: Program;
  readonly corners: WebGLBuffer;
  readonly styles: WebGLTexture;
  readonly loaded: Map<Chunk, Loaded>;
  readonly marks: Map<MarkTile, Loaded>;
  loadedOf: readonly Chunk[] | undefined;
  styledBy: StyleTable | undefined;
  styledCount: number;
}

/**
 * Draws with WebGL 2. Geometry lies on the graphics card in chunks of a thousand neighbours, positions in float32 from the
 * chunk's origin; panning and zooming upload nothing. Chunks are built when they are first seen, coarse outlines first
 * where shapes are small, within the time a frame leaves; an edit rebuilds one chunk. A lost context is rebuilt from the scene.
 *
 * @param onReady - called when the context is back after a loss, to have a frame drawn
 */
export function createWebglRenderer(document: Document, onReady: () => void): Renderer {
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'position:absolute;left:0;top:0;pointer-events:none';
  const context = canvas.getContext('webgl2', {
    alpha: true,
    premultipliedAlpha: true,
    antialias: false,
    depth: false,
  });
  if (!context) throw new Error('The browser gives no WebGL 2. Choose the canvas renderer.');
  const gl = context;
  let resources: Resources | undefined = createResources(gl);
  let scene: Scene | undefined;
  let chunks: Chunks | undefined;
  let stopListening = () => {};

  const onLost = (event: Event) => {
    event.preventDefault();
    resources = undefined;
  };
  const onRestored = () => {
    resources = createResources(gl);
    onReady();
  };
  canvas.addEventListener('webglcontextlost', onLost);
  canvas.addEventListener('webglcontextrestored', onRestored);

  function follow(next: Scene): Chunks {
    if (chunks && scene === next) return chunks;
    stopListening();
    scene = next;
    const made = (chunks = new Chunks(next.store));
    stopListening = next.onChange(({ slots }) => (slots ? made.touch(slots) : made.rebuild()));
    return made;
  }

  function resize(frame: Frame): void {
    const { view } = frame;
    const width = Math.max(1, Math.round(view.width * view.dpr));
    const height = Math.max(1, Math.round(view.height * view.dpr));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${view.width}px`;
      canvas.style.height = `${view.height}px`;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  return {
    kind: 'webgl',
    element: canvas,
    draw(frame, deadline) {
      const pieces = follow(frame.scene);
      // While the context is away there is nothing to draw; onRestored asks for a frame.
      if (!resources || gl.isContextLost()) return true;
      resize(frame);
      sweep(gl, resources, pieces, frame);
      return frame.display.hidden || drawChunks(gl, resources, frame, inView(pieces, frame), deadline);
    },
    dispose() {
      stopListening();
      canvas.removeEventListener('webglcontextlost', onLost);
      canvas.removeEventListener('webglcontextrestored', onRestored);
      // Browsers keep some sixteen contexts and take the oldest away: give this one back now, not when it is collected.
      gl.getExtension('WEBGL_lose_context')?.loseContext();
      resources = undefined;
      canvas.remove();
    },
  };
}

function createResources(gl: WebGL2RenderingContext): Resources {
  const corners = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, corners);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]), gl.STATIC_DRAW);
  return {
    line: createProgram(gl, LINE_VERTEX, LINE_FRAGMENT),
    fill: createProgram(gl, FILL_VERTEX, FILL_FRAGMENT),
    dot: createProgram(gl, DOT_VERTEX, DOT_FRAGMENT),
    corners,
    styles: gl.createTexture(),
    loaded: new Map(),
    marks: new Map(),
    loadedOf: undefined,
    styledBy: undefined,
    styledCount: 0,
  };
}

function inView(chunks: Chunks, { view }: Frame): Chunk[] {
  // A marker or a line reaches beyond its box by some pixels.
  const reach = 8 / view.scale;
  const { minX, minY, maxX, maxY } = view.bounds;
  return chunks.all.filter(
    (c) =>
      c.slots.length > 0 &&
      c.minX <= maxX + reach &&
      c.minY <= maxY + reach &&
      c.maxX >= minX - reach &&
      c.maxY >= minY - reach,
  );
}

/** Forgets chunks that are no more, which happens when all were made anew, and marks that are not shown. */
function sweep(gl: WebGL2RenderingContext, resources: Resources, chunks: Chunks, { summary }: Frame): void {
  for (const [tile, data] of resources.marks) {
    if (summary?.marks.includes(tile)) continue;
    free(gl, data);
    resources.marks.delete(tile);
  }
  const { loaded } = resources;
  if (resources.loadedOf === chunks.all) return;
  resources.loadedOf = chunks.all;
  const kept = new Set(chunks.all);
  for (const [chunk, data] of loaded) {
    if (kept.has(chunk)) continue;
    free(gl, data);
    loaded.delete(chunk);
  }
}

function free(gl: WebGL2RenderingContext, { meshes }: Loaded): void {
  for (const mesh of Object.values(meshes)) {
    gl.deleteVertexArray(mesh.vao);
    gl.deleteBuffer(mesh.buffer);
  }
}

function drawChunks(
  gl: WebGL2RenderingContext,
  resources: Resources,
  frame: Frame,
  chunks: readonly Chunk[],
  deadline: number,
): boolean {
  const { view, display } = frame;
  const m = deviceMatrix(view);
  const scale = view.scale * view.dpr;
  const shapes = chunks.reduce((sum, chunk) => sum + chunk.slots.length, 0);
  for (const tile of frame.summary?.marks ?? [])
    for (const id of Array.from(tile.templateIds)) frame.scene.store.styleOf(id);
  uploadStyles(gl, resources, frame);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, resources.styles);
  for (const program of [resources.fill, resources.line, resources.dot]) {
    gl.useProgram(program.program);
    gl.uniform1i(program.uniform('u_styles'), 0);
    gl.uniform4f(program.uniform('u_linear'), m.a, m.b, m.c, m.d);
    gl.uniform2f(program.uniform('u_size'), gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1ui(program.uniform('u_hidden'), display.hiddenFlags & 255);
    gl.uniform1f(program.uniform('u_dpr'), view.dpr);
  }
  gl.uniform1f(resources.dot.uniform('u_scale'), scale);
  gl.uniform1f(resources.dot.uniform('u_limit'), PIXEL_LIMIT);
  gl.uniform1f(resources.dot.uniform('u_marker'), markerSize(shapes) * view.dpr);

  let isComplete = true;
  /** The mesh, built if there is time; an out-of-date one rather than none. */
  function meshOf(chunk: Chunk, name: MeshName): [Loaded, Mesh] | undefined {
    const old = resources.loaded.get(chunk);
    if (old?.version === chunk.version && old.meshes[name]) return [old, old.meshes[name]];
    if (performance.now() >= deadline) {
      isComplete = false;
      return old?.meshes[name] && [old, old.meshes[name]];
    }
    let data = old;
    if (data?.version !== chunk.version) {
      if (data) free(gl, data);
      data = { version: chunk.version, x: chunk.minX, y: chunk.minY, meshes: {} };
      resources.loaded.set(chunk, data);
    }
    const mesh = (data.meshes[name] = upload(gl, resources, name, build(frame.scene, chunk, data, name)));
    return [data, mesh];
  }
  function each(program: Program, name: (chunk: Chunk) => MeshName | undefined, draw: (mesh: Mesh) => void): void {
    gl.useProgram(program.program);
    for (const chunk of chunks) {
      const wanted = name(chunk);
      const found = wanted && meshOf(chunk, wanted);
      if (!found) continue;
      const [{ x, y }, mesh] = found;
      // The sum is made in double here: far from the image's corner float32 in the shader would shake by pixels.
      gl.uniform2f(program.uniform('u_origin'), m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f);
      gl.bindVertexArray(mesh.vao);
      draw(mesh);
    }
  }
  gl.useProgram(resources.dot.program);
  gl.uniform1i(resources.dot.uniform('u_marks'), 1);
  gl.uniform1f(resources.dot.uniform('u_ring'), RING_FROM * view.dpr);
  gl.uniform1f(resources.dot.uniform('u_line'), RING_WIDTH * view.dpr);
  for (const tile of marksInView(frame)) {
    const { x, y, meshes } = loadMarks(gl, resources, frame, tile);
    gl.uniform2f(resources.dot.uniform('u_origin'), m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f);
    gl.bindVertexArray(meshes.dots?.vao ?? null);
    gl.drawArrays(gl.POINTS, 0, meshes.dots?.count ?? 0);
  }
  gl.uniform1i(resources.dot.uniform('u_marks'), 0);
  const levelOf = (chunk: Chunk) => chunkLevel(chunk.meanExtent * scale, chunk.maxExtent * scale);
  const pick = (coarse: MeshName, full: MeshName) => (chunk: Chunk) => {
    const level = levelOf(chunk);
    return level === 'points' ? undefined : level === 'coarse' ? coarse : full;
  };
  if (display.fill)
    each(resources.fill, pick('coarseFills', 'fullFills'), (mesh) => gl.drawArrays(gl.TRIANGLES, 0, mesh.count));
  each(resources.line, pick('coarseLines', 'fullLines'), (mesh) => {
    if (mesh.count > 1) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, mesh.count - 1);
  });
  each(
    resources.dot,
    () => 'dots',
    (mesh) => gl.drawArrays(gl.POINTS, 0, mesh.count),
  );
  gl.bindVertexArray(null);
  return isComplete;
}

/** Marks of a tile; a hundred thousand are built in some milliseconds. */
function loadMarks(gl: WebGL2RenderingContext, resources: Resources, { scene }: Frame, tile: MarkTile): Loaded {
  const old = resources.marks.get(tile);
  if (old?.version === tile.version) return old;
  if (old) free(gl, old);
  const [x, y] = [Math.max(0, tile.bounds.minX), Math.max(0, tile.bounds.minY)];
  const dots = upload(gl, resources, 'dots', buildMarks(scene.store, tile, x, y));
  const data = { version: tile.version, x, y, meshes: { dots } };
  resources.marks.set(tile, data);
  return data;
}

function build({ store }: Scene, chunk: Chunk, { x, y }: Loaded, name: MeshName): Packed {
  switch (name) {
    case 'dots':
      return buildDots(store, chunk.slots, x, y);
    case 'coarseLines':
    case 'fullLines':
      return buildLines(store, chunk.slots, x, y, name === 'coarseLines');
    case 'coarseFills':
    case 'fullFills':
      return buildFills(store, chunk.slots, x, y, name === 'coarseFills');
  }
}

function upload(gl: WebGL2RenderingContext, resources: Resources, name: MeshName, { data, count }: Packed): Mesh {
  const vao = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(vao);
  const isLine = name === 'coarseLines' || name === 'fullLines';
  const program = isLine ? resources.line : name === 'dots' ? resources.dot : resources.fill;
  const floats = (attribute: string, size: number, stride: number, offset: number) => {
    const at = program.attribute(attribute);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, stride, offset);
    if (isLine && attribute !== 'corner') gl.vertexAttribDivisor(at, 1);
  };
  if (isLine) {
    gl.bindBuffer(gl.ARRAY_BUFFER, resources.corners);
    floats('corner', 2, 8, 0);
  }
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  const stride = name === 'dots' ? 16 : 12;
  floats('p', 2, stride, 0);
  if (isLine) floats('q', 2, stride, stride);
  if (name === 'dots') floats('extent', 1, stride, 8);
  const info = program.attribute('info');
  gl.enableVertexAttribArray(info);
  gl.vertexAttribIPointer(info, 2, gl.UNSIGNED_SHORT, stride, stride - 4);
  if (isLine) gl.vertexAttribDivisor(info, 1);
  return { vao, buffer, count };
}

function uploadStyles(gl: WebGL2RenderingContext, resources: Resources, { styles, scene }: Frame): void {
  const count = scene.store.templates.length;
  if (resources.styledBy === styles && resources.styledCount === count) return;
  resources.styledBy = styles;
  resources.styledCount = count;
  const texels = styles
    .resolve(scene.store)
    .flatMap((s) => [
      s.red,
      s.green,
      s.blue,
      Math.round(s.fillOpacity * 255),
      Math.min(255, Math.round(s.lineWidth * 16)),
      s.visible ? 1 : 0,
      0,
      0,
    ]);
  gl.bindTexture(gl.TEXTURE_2D, resources.styles);
  gl.texImage2D(
    gl.TEXTURE_2D,
    0,
    gl.RGBA8UI,
    2,
    Math.max(1, count),
    0,
    gl.RGBA_INTEGER,
    gl.UNSIGNED_BYTE,
    Uint8Array.from(count > 0 ? texels : Array<number>(8).fill(0)),
  );
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
}
