import type { Bounds } from '@exact/geometry';
import type { View } from '@exact/sdk/ui';
import OpenSeadragon from 'openseadragon';
import { shallowRef, type Ref } from 'vue';
import { overviewLevel, smallestPixelRatio } from './tile-grid.ts';
import { createTileSource, type SlideImage } from './tile-source.ts';
import { roomAround, turn, type Place } from './view-math.ts';

/** Screen pixels for one level-0 pixel at most: single pixels can be seen and counted. */
const MAX_ENLARGEMENT = 16;
/** Memory for decoded tiles; their number follows from their size. */
const TILE_MEMORY_BYTES = 384 * 1024 * 1024;

/** Room beside a box that is gone to, as a share of it, and the least extent that is shown, level-0 pixels. */
export const BOX_ROOM = 0.6;
export const LEAST_BOX_PX = 60;

/** One image in OpenSeadragon, spoken to in level-0 pixels and CSS pixels of its element. */
export interface SlideViewer {
  readonly osd: OpenSeadragon.Viewer;
  /** The canvas that the tiles are drawn on, without annotations; for pixel filters and reading pixels. */
  readonly drawing: HTMLElement;
  view(): View | undefined;
  /** Where the view is going, while it still moves, or is. */
  heading(): Place;
  onView(listener: () => void): () => void;
  show(place: Partial<Place>, isImmediate?: boolean): void;
  /** @param options - `room` on each side, as a share of the box */
  showBox(
    box: Bounds,
    options?: { readonly room?: number | undefined; readonly isImmediate?: boolean | undefined },
  ): void;
  /** Whether all tiles of the view are there in their full resolution. */
  readonly isSharp: Readonly<Ref<boolean>>;
  fit(): void;
  /** Zooms about a screen point, or the middle. */
  zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void;
  panBy(dxPx: number, dyPx: number, isImmediate?: boolean): void;
  rotateBy(degrees: number): void;
  rotateTo(degrees: number): void;
  flip(): void;
  dispose(): void;
}

/** OpenSeadragon adds a style element for phones unless there is one; the page's policy would refuse and report it. */
function keepOwnStyles(): void {
  if (document.querySelector('style[data-openseadragon-mobile-css]')) return;
  const style = document.createElement('style');
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  if (nonce) style.nonce = nonce;
  style.dataset['openseadragonMobileCss'] = 'own';
  document.head.append(style);
}

/** Opens an image. Its own keys, clicks and mouse drags are off: what they mean depends on the tool in hand. */
export function createSlideViewer(
  element: HTMLElement,
  image: SlideImage,
  onTileProblem: (url: string) => void,
): SlideViewer {
  const overview = overviewLevel(image.levels);
  const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const tileBytes = Math.max(...image.levels.map((level) => level.tileWidth * level.tileHeight * 4), 1);
  const still = { clickToZoom: false, dblClickToZoom: false, dblClickDragToZoom: false, pinchRotate: false };
  const pointed = {
    ...still,
    dragToPan: false,
    flickEnabled: false,
    scrollToZoom: true,
    pinchToZoom: true,
    zoomToRefPoint: true,
  };

  keepOwnStyles();
  const osd = OpenSeadragon({
    element,
    // one drawing surface less to lose; filters and pixel reading work on it everywhere
    drawer: 'canvas',
    tileSources: createTileSource(image) as unknown as OpenSeadragon.TileSourceOptions,
    showNavigationControl: false,
    keyboardNavEnabled: false,
    crossOriginPolicy: false,
    animationTime: isCalm ? 0 : 0.4,
    springStiffness: 8,
    zoomPerScroll: 1.25,
    minScrollDeltaTime: 16,
    gestureSettingsMouse: pointed,
    gestureSettingsPen: pointed,
    gestureSettingsTouch: {
      ...still,
      dragToPan: true,
      flickEnabled: !isCalm,
      scrollToZoom: false,
      pinchToZoom: true,
      zoomToRefPoint: true,
    },
    minZoomImageRatio: 0.4,
    maxZoomPixelRatio: MAX_ENLARGEMENT,
    visibilityRatio: 0.2,
    minPixelRatio: smallestPixelRatio(overview ? [...image.levels, overview] : image.levels),
    maxImageCacheCount: Math.min(2000, Math.max(60, Math.round(TILE_MEMORY_BYTES / tileBytes))),
    imageLoaderLimit: 12,
    maxTilesPerFrame: 8,
    tileRetryMax: 3,
    tileRetryDelay: 1000,
    timeout: 60_000,
    imageSmoothingEnabled: true,
  } as OpenSeadragon.Options);

  osd.addHandler('tile-load-failed', (event) =>
    onTileProblem(String((event as { tile?: { getUrl?: () => string } }).tile?.getUrl?.() ?? '')),
  );
  // above twice their size pixels are shown as they are, not smoothed into each other
  let isSmooth = true;
  osd.addHandler('update-viewport', () => {
    const next = (scaleOf() ?? 1) < 2.5;
    if (next !== isSmooth) osd.drawer.setImageSmoothingEnabled((isSmooth = next));
  });

  const isSharp = shallowRef(false);
  osd.addHandler('open', () => {
    const tiles = osd.world.getItemAt(0);
    // OpenSeadragon says so while it draws: each move of the view asks for other tiles
    tiles.addHandler(
      'fully-loaded-change',
      ({ fullyLoaded }: { fullyLoaded: boolean }) => (isSharp.value = fullyLoaded),
    );
    isSharp.value = tiles.getFullyLoaded();
  });

  const item = (): OpenSeadragon.TiledImage | undefined =>
    osd.world.getItemAt(0) as OpenSeadragon.TiledImage | undefined;
  const { viewport } = osd;
  /** CSS pixels for one level-0 pixel, now. */
  const scaleOf = (): number | undefined =>
    item() ? (viewport.getZoom(true) * viewport.getContainerSize().x) / image.width : undefined;
  const zoomFor = (downsample: number): number => image.width / (downsample * viewport.getContainerSize().x);

  return {
    osd,
    get drawing() {
      return osd.drawer.canvas as unknown as HTMLElement;
    },
    view() {
      const scale = scaleOf();
      if (scale === undefined || !(scale > 0)) return undefined;
      const center = viewport.getCenter(true);
      const { x: width, y: height } = viewport.getContainerSize();
      const rotation = viewport.getRotation(true);
      const angle = (rotation * Math.PI) / 180;
      const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
      const [dx, dy] = [(width * cos + height * sin) / 2 / scale, (width * sin + height * cos) / 2 / scale];
      const [x, y] = [center.x * image.width, center.y * image.width];
      return {
        centerX: x,
        centerY: y,
        downsample: 1 / scale,
        rotation: turn(rotation),
        flipped: viewport.getFlip(),
        bounds: { minX: x - dx, minY: y - dy, maxX: x + dx, maxY: y + dy },
      };
    },
    heading() {
      const { x, y } = viewport.getCenter(false);
      const downsample = image.width / (viewport.getZoom(false) * viewport.getContainerSize().x);
      return { x: x * image.width, y: y * image.width, downsample, rotation: viewport.getRotation(false) };
    },
    onView(listener) {
      for (const name of ['update-viewport', 'open', 'rotate', 'flip'] as const) osd.addHandler(name, listener);
      return () => {
        for (const name of ['update-viewport', 'open', 'rotate', 'flip'] as const) osd.removeHandler(name, listener);
      };
    },
    show({ x, y, downsample, rotation }, isImmediate = false) {
      if (rotation !== undefined) viewport.setRotation(rotation, isImmediate);
      if (downsample !== undefined) viewport.zoomTo(zoomFor(downsample), undefined, isImmediate);
      if (x !== undefined && y !== undefined)
        viewport.panTo(new OpenSeadragon.Point(x / image.width, y / image.width), isImmediate);
      viewport.applyConstraints(isImmediate);
    },
    showBox(box, { room = BOX_ROOM, isImmediate = false } = {}) {
      const { minX, minY, maxX, maxY } = roomAround(box, room, LEAST_BOX_PX);
      const w = image.width;
      viewport.fitBounds(new OpenSeadragon.Rect(minX / w, minY / w, (maxX - minX) / w, (maxY - minY) / w), isImmediate);
    },
    isSharp,
    fit: () => void viewport.goHome(false),
    zoomBy(factor, at) {
      viewport.zoomBy(factor, at && viewport.pointFromPixel(new OpenSeadragon.Point(at.x, at.y), true));
      viewport.applyConstraints();
    },
    panBy(dxPx, dyPx, isImmediate = false) {
      const delta = new OpenSeadragon.Point(viewport.getFlip() ? -dxPx : dxPx, dyPx);
      viewport.panBy(viewport.deltaPointsFromPixels(delta), isImmediate);
      if (!isImmediate) viewport.applyConstraints();
    },
    rotateBy: (degrees) => void viewport.setRotation(viewport.getRotation() + degrees),
    rotateTo: (degrees) => void viewport.setRotation(degrees),
    flip: () => void viewport.toggleFlip(),
    dispose: () => osd.destroy(),
  };
}
