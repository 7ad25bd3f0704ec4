/**
 * Shaders of the WebGL renderer. A vertex carries the index of its template's style; colours, widths and visibility are
 * looked up in a texture of 2 × templates texels, so a change of style rebuilds no geometry.
 * Texel 0: red, green, blue, fill opacity. Texel 1: line width in 1/16 CSS px, visible.
 * `info.y` holds the shape's flags in its low byte and, for lines, "the ring ends here" in bit 8.
 */
const COMMON = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D u_styles;
uniform vec4 u_linear;   // a, b, c, d: offsets from the chunk's origin -> device pixels
uniform vec2 u_origin;   // the chunk's origin in device pixels
uniform vec2 u_size;     // canvas, device pixels
uniform uint u_hidden;
uniform float u_dpr;
vec2 toDevice(vec2 p) { return vec2(u_linear.x * p.x + u_linear.z * p.y, u_linear.y * p.x + u_linear.w * p.y) + u_origin; }
vec4 toClip(vec2 d) { return vec4(d.x / u_size.x * 2.0 - 1.0, 1.0 - d.y / u_size.y * 2.0, 0.0, 1.0); }
uvec4 colorOf(uint style) { return texelFetch(u_styles, ivec2(0, int(style)), 0); }
uvec4 strokeOf(uint style) { return texelFetch(u_styles, ivec2(1, int(style)), 0); }
const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
`;

/** One instance a segment: a quad as wide as the line on the screen plus half a pixel on each side for antialiasing. */
export const LINE_VERTEX = `${COMMON}
in vec2 corner;          // along 0..1, across -1..1
in vec2 p;
in vec2 q;
in uvec2 info;
out vec3 v_color;
out float v_across;
out float v_half;
void main() {
  uvec4 stroke = strokeOf(info.x);
  if ((info.y & 256u) != 0u || (info.y & u_hidden) != 0u || stroke.y == 0u) { gl_Position = NOWHERE; return; }
  vec2 a = toDevice(p);
  vec2 b = toDevice(q);
  vec2 along = b - a;
  float len = length(along);
  vec2 dir = len > 0.0001 ? along / len : vec2(1.0, 0.0);
  v_half = max(0.5, float(stroke.x) / 16.0 * u_dpr * 0.5);
  float reach = v_half + 0.5;
  v_across = corner.y * reach;
  // Half the width longer at both ends, so that segments meet without a notch.
  vec2 at = mix(a, b, corner.x) + dir * (corner.x * 2.0 - 1.0) * (v_half * 0.5) + vec2(-dir.y, dir.x) * v_across;
  v_color = vec3(colorOf(info.x).rgb) / 255.0;
  gl_Position = toClip(at);
}`;

export const LINE_FRAGMENT = `#version 300 es
precision highp float;
in vec3 v_color;
in float v_across;
in float v_half;
out vec4 color;
void main() {
  float alpha = clamp(v_half + 0.5 - abs(v_across), 0.0, 1.0);
  color = vec4(v_color * alpha, alpha);
}`;

export const FILL_VERTEX = `${COMMON}
in vec2 p;
in uvec2 info;
out vec4 v_color;
void main() {
  if ((info.y & u_hidden) != 0u || strokeOf(info.x).y == 0u) { gl_Position = NOWHERE; return; }
  vec4 style = vec4(colorOf(info.x)) / 255.0;
  v_color = vec4(style.rgb * style.a, style.a);
  gl_Position = toClip(toDevice(p));
}`;

export const FILL_FRAGMENT = `#version 300 es
precision highp float;
in vec4 v_color;
out vec4 color;
void main() { color = v_color; }`;

/** Markers of points, and the single pixel of every shape that is too small on the screen for its outline. */
export const DOT_VERTEX = `${COMMON}
in vec2 p;
in float extent;         // level-0 px, negative for points
in uvec2 info;
uniform float u_scale;   // device pixels for a level-0 pixel
uniform float u_marker;  // device pixels
uniform float u_limit;   // device pixels
uniform bool u_marks;    // marks have the size of what they stand for
uniform float u_ring;    // device pixels from which on marks are rings
out vec3 v_color;
out float v_size;
out float v_hole;        // radius of what is left free in the middle, device pixels
uniform float u_line;    // device pixels
void main() {
  bool isPoint = extent < 0.0;
  float size = extent * u_scale;
  gl_PointSize = 1.0;
  gl_Position = NOWHERE;
  if ((info.y & u_hidden) != 0u || strokeOf(info.x).y == 0u || (!isPoint && !u_marks && size >= u_limit)) return;
  v_size = isPoint ? max(1.0, u_marker) : u_marks && size >= u_limit ? size : 1.0;
  v_hole = u_marks && !isPoint && v_size >= u_ring ? 0.5 * v_size - u_line : 0.0;
  vec2 at = toDevice(p);
  if (v_size <= 1.0) {
    // On the middle of its pixel and inside the canvas, or a shape at the edge could miss its pixel.
    vec2 inside = clamp(floor(at), vec2(0.0), u_size - 1.0);
    if (distance(inside, floor(at)) > 1.5) return;
    at = inside + 0.5;
  }
  v_color = vec3(colorOf(info.x).rgb) / 255.0;
  gl_PointSize = v_size;
  gl_Position = toClip(at);
}`;

export const DOT_FRAGMENT = `#version 300 es
precision highp float;
in vec3 v_color;
in float v_size;
in float v_hole;
out vec4 color;
void main() {
  float alpha = 1.0;
  float away = v_size * length(gl_PointCoord - 0.5);
  if (v_size > 3.0) alpha = clamp(0.5 * v_size - away + 0.5, 0.0, 1.0);
  if (v_hole > 0.0) alpha *= clamp(away - v_hole + 0.5, 0.0, 1.0);
  color = vec4(v_color * alpha, alpha);
}`;

export interface Program {
  readonly program: WebGLProgram;
  attribute(name: string): number;
  uniform(name: string): WebGLUniformLocation | null;
}

/** Compiles and links; throws with the driver's words, as a shader that one driver refuses is found by them alone. */
export function createProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error('The graphics driver gives no shader: the context is lost.');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader) ?? '');
    throw new Error(
      `The graphics driver refused a shader of the annotation layer: ${[...logs, gl.getProgramInfoLog(program)].join(' ').trim()}`,
    );
  }
  const uniforms = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    attribute: (name) => gl.getAttribLocation(program, name),
    uniform(name) {
      let location = uniforms.get(name);
      if (location === undefined) uniforms.set(name, (location = gl.getUniformLocation(program, name)));
      return location;
    },
  };
}
