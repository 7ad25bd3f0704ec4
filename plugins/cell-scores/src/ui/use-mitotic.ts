import {
  findInside,
  type Mitotic,
  mitoticCount,
  type MitoticInput,
  placeByHand,
  type Window,
  windowSize,
} from '@exact/scores';
import { useDocument, useScale } from '@exact/sdk/ui';
import { computed, onScopeDispose, ref, watch } from 'vue';
import { aspectOf } from '../shared/settings.ts';
import { countsByVerdict, useClasses } from './classes.ts';
import { drawLabel, drawPicture, drawRing, drawWindow, MAX_MARKS, paintMask, type ToScreen } from './drawing.ts';
import { upToThree } from './format.ts';
import { useTissue } from './use-tissue.ts';
import { takeInHand } from './window-wish.ts';

/** Most figures that are listed. */
export const MAX_LISTED = 200;
/** Numbers beside the rings of more figures than this would cover each other. */
const MAX_NUMBERS = 60;
/** A nudge moves the window by as much as the hot spot is tried at. */
const NUDGES_PER_WINDOW = 16;
/** From here on rings are as large as cells look. */
const RING = { least: 10, level0: 32 };

export interface ListedFigure {
  readonly uuid: string;
  readonly templateId: number;
  /** Level-0 pixels. */
  readonly x: number;
  readonly y: number;
  readonly isAccepted: boolean;
}

/** Where the person has put the window on this image; kept in their account. */
interface Placed {
  isByHand: boolean;
  x: number;
  y: number;
  /** Of an area of their own; 0: the standard one. */
  width: number;
  height: number;
}

/** The mitotic count of the shown image at its hot spot, or where the person has put the window; live. */
export function useMitotic(words: (key: string, values?: Record<string, unknown>) => string) {
  const { viewer, settings, mitosis } = useClasses();
  const scale = useScale();
  const centres = viewer.annotations.useCentres().value;
  const placed = useDocument<Placed>(
    () => `window:${viewer.image.value.id}`,
    () => ({ isByHand: false, x: 0, y: 0, width: 0, height: 0 }),
  ).value;
  const isFollowing = ref(false);
  const isTissueShown = ref(false);
  const marked = ref<string>();
  const hasClass = computed(() => [...mitosis.value.values()].includes('figure'));

  const image = computed(() => {
    const { width, height } = viewer.image.value;
    return { width, height };
  });
  const { tissue, problem, load } = useTissue(() =>
    scale.value && hasClass.value
      ? {
          imageId: viewer.image.value.id,
          key: `${settings.value.tissueThreshold} ${viewer.image.value.contentVersion}`,
        }
      : undefined,
  );

  /** Copied: the columns of centres are written over with the next change. */
  const found = computed(() => {
    const all = centres.value;
    if (!all) return undefined;
    const figures: ListedFigure[] = [];
    const lookAlikes = { x: [] as number[], y: [] as number[] };
    for (let i = 0; i < all.count; i++) {
      const [x, y, templateId, verdict] = [all.x[i] ?? NaN, all.y[i] ?? NaN, all.templateId[i] ?? -1, all.verdict[i]];
      const kind = mitosis.value.get(templateId);
      if (kind === undefined || !countsByVerdict(settings.value.verified, verdict)) continue;
      if (kind === 'figure') figures.push({ uuid: all.uuid(i), templateId, x, y, isAccepted: verdict === 1 });
      else {
        lookAlikes.x.push(x);
        lookAlikes.y.push(y);
      }
    }
    return { figures, middles: { x: figures.map(({ x }) => x), y: figures.map(({ y }) => y) }, lookAlikes };
  });
  const standard = computed(() => {
    const { areaMm2, shape } = settings.value;
    return scale.value && windowSize(areaMm2, scale.value, aspectOf(shape));
  });
  const input = computed((): MitoticInput | undefined => {
    if (!found.value || !hasClass.value) return undefined;
    const { areaMm2, shape, minimumTissue, stepsPerWindow } = settings.value;
    return {
      ...{ figures: found.value.middles, image: image.value, scale: scale.value, tissue: tissue.value },
      ...{ areaMm2, aspect: aspectOf(shape), minimumTissue, stepsPerWindow },
    };
  });
  const isWaiting = computed(
    () =>
      hasClass.value &&
      (!found.value || (scale.value !== undefined && tissue.value === undefined && problem.value === undefined)),
  );
  const hotSpot = computed((): Mitotic | undefined =>
    input.value && !isWaiting.value && problem.value === undefined ? mitoticCount.compute(input.value) : undefined,
  );
  /** The window by hand as it is put on the image. */
  const byHand = computed((): Window | undefined => {
    if (!placed.value.isByHand || !standard.value) return undefined;
    const { x, y, width, height } = placed.value;
    return placeByHand({ x, y, ...(width > 0 && height > 0 ? { width, height } : {}) }, standard.value, image.value);
  });
  const result = computed((): Mitotic | undefined =>
    byHand.value && input.value ? mitoticCount.compute({ ...input.value, at: byHand.value }) : hotSpot.value,
  );
  const window = computed(() => (result.value?.available ? result.value.window : undefined));
  /** Figures in the window, row by row. */
  const inside = computed((): readonly ListedFigure[] => {
    const all = found.value;
    if (!all || !window.value) return [];
    return findInside(all.middles, window.value)
      .flatMap((i) => all.figures[i] ?? [])
      .sort((a, b) => a.y - b.y || a.x - b.x);
  });
  const lookAlikes = computed(() =>
    found.value && window.value ? findInside(found.value.lookAlikes, window.value).length : 0,
  );

  function put(next: {
    readonly x: number;
    readonly y: number;
    readonly width?: number;
    readonly height?: number;
  }): void {
    Object.assign(placed.value, { isByHand: true, width: 0, height: 0, ...next });
  }
  function goToWindow(): void {
    const shown = window.value;
    if (!shown) return;
    const { x, y, width, height } = shown;
    viewer.goTo({ minX: x, minY: y, maxX: x + width, maxY: y + height }, { room: 0.05 });
  }
  const middleOfView = () => {
    const { centerX, centerY } = viewer.view.value;
    const size = byHand.value ?? standard.value;
    return size && { x: centerX - size.width / 2, y: centerY - size.height / 2 };
  };
  watch([viewer.view, isFollowing], () => {
    const next = isFollowing.value ? middleOfView() : undefined;
    if (next) put({ ...ownSize(), ...next });
  });
  /** An area of one's own keeps its size when it is moved. */
  const ownSize = () => (placed.value.isByHand ? { width: placed.value.width, height: placed.value.height } : {});

  const goToHotSpot = (): void => {
    isFollowing.value = false;
    placed.value.isByHand = false;
    goToWindow();
  };
  const toggleFollowing = (): void => void (isFollowing.value = standard.value !== undefined && !isFollowing.value);
  onScopeDispose(takeInHand({ goToHotSpot, toggleFollowing }));

  const picture = computed(() => tissue.value && paintMask(tissue.value));
  const overlay = viewer.addOverlay((canvas, toScreen, view) => {
    if (isTissueShown.value && picture.value) drawPicture(canvas, toScreen, picture.value, image.value);
    const shown = result.value;
    if (!shown?.available) return;
    drawWindow(canvas, toScreen, shown.window, false);
    drawFigures(canvas, toScreen, view.downsample);
    drawLabel(canvas, topLeft(toScreen, shown.window), labelOf(shown));
  });
  watch([result, inside, marked, isTissueShown, picture], () => overlay.redraw(), { flush: 'post' });
  onScopeDispose(overlay.dispose);

  const labelOf = (shown: Mitotic & { available: true }): string =>
    words('mitotic.label', { count: shown.count, area: upToThree.format(shown.areaMm2) });
  function drawFigures(canvas: CanvasRenderingContext2D, toScreen: ToScreen, downsample: number): void {
    if (inside.value.length > MAX_MARKS) return;
    const radius = Math.max(RING.least, RING.level0 / downsample);
    inside.value.forEach(({ x, y, uuid }, i) =>
      drawRing(canvas, toScreen(x + 0.5, y + 0.5), {
        ...{ radius, colour: '#fff', isStrong: uuid === marked.value },
        label: inside.value.length <= MAX_NUMBERS || uuid === marked.value ? String(i + 1) : undefined,
      }),
    );
  }

  return {
    ...{ viewer, settings, scale, hasClass, isWaiting, problem, retry: load, result, hotSpot, window, placed },
    ...{ inside, lookAlikes, marked, isFollowing, isTissueShown, tissue },
    goToWindow,
    goToHotSpot,
    toggleFollowing,
    /** The window with its middle on that of a box that the person draws. */
    async place(hint: string): Promise<void> {
      const picked = await viewer.pickBox(hint);
      if (!picked || !standard.value) return;
      isFollowing.value = false;
      const { width, height } = standard.value;
      put({ x: (picked.minX + picked.maxX - width) / 2, y: (picked.minY + picked.maxY - height) / 2 });
    },
    /** An area of the person's own, whose count is converted. */
    async drawArea(hint: string): Promise<void> {
      const picked = await viewer.pickBox(hint);
      if (!picked) return;
      isFollowing.value = false;
      const { minX, minY, maxX, maxY } = picked;
      put({ x: minX, y: minY, width: maxX - minX, height: maxY - minY });
    },
    /** By a sixteenth of the window. */
    nudge(right: number, down: number): void {
      const { x, y, width, height } = window.value ?? { x: 0, y: 0, width: 0, height: 0 };
      isFollowing.value = false;
      put({
        ...ownSize(),
        ...{ x: x + (right * width) / NUDGES_PER_WINDOW, y: y + (down * height) / NUDGES_PER_WINDOW },
      });
    },
    show({ uuid, x, y }: ListedFigure): void {
      isFollowing.value = false;
      viewer.goTo({ x, y, downsample: 0.5 });
      viewer.annotations.select([uuid]);
    },
  };
}

/** Of a window that may be turned on the screen: the corner that is furthest up, then furthest left. */
function topLeft(toScreen: ToScreen, { x, y, width, height }: Window) {
  const corners = [toScreen(x, y), toScreen(x + width, y), toScreen(x, y + height), toScreen(x + width, y + height)];
  return corners.reduce((best, one) => (one.y < best.y - 1 || (one.y < best.y + 1 && one.x < best.x) ? one : best));
}
