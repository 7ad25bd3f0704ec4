/** Icons that the shell has no name for: paths on 24 × 24, drawn for these players. */
const svg = (path: string): string => `svg:${path}`;

export const ICONS = {
  loop: svg('M7 7h10v3l4-4-4-4v3H5v6h2zM17 17H7v-3l-4 4 4 4v-3h12v-6h-2z'),
  volume: svg('M3 9v6h4l5 5V4L7 9zM14 8.2v7.6a4.2 4.2 0 0 0 0-7.6zM14 3.5v2.1a7 7 0 0 1 0 12.8v2.1a9 9 0 0 0 0-17z'),
  frameBack: svg('M5 5h2.5v14H5zM19 5v14L9.5 12z'),
  frameOn: svg('M16.5 5H19v14h-2.5zM5 5l9.5 7L5 19z'),
  full: svg('M4 9V4h5v2H6v3zM15 4h5v5h-2V6h-3zM18 15h2v5h-5v-2h3zM4 15h2v3h3v2H4z'),
  zoomIn: svg('M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z'),
  zoomOut: svg('M5 11h14v2H5z'),
  sound: svg('M3 11h2v2H3zM7 8h2v8H7zM11 4h2v16h-2zM15 8h2v8h-2zM19 11h2v2h-2z'),
  from: svg('M6 4h7v2H8v12h5v2H6z'),
  to: svg('M18 4h-7v2h5v12h-5v2h7z'),
} as const;
