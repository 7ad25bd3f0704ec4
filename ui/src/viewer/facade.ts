import type { Bounds } from '@exact/geometry';
import type { Image, Template } from '@exact/sdk/contract';
import type {
  AnnotationsFacade,
  NavigatorFacade,
  ShapeProposal,
  ShownAnnotation,
  View,
  ViewerFacade,
} from '@exact/sdk/ui';
import type { Ref } from 'vue';
import type { AnnotationLayer } from '../annotate/layer/index.ts';
import { applyAffine } from '../annotate/layer/index.ts';
import type { AnnotationRecord, AnnotationStore, Edit } from '../annotate/store/index.ts';
import type { PixelFilters } from './slide/pixel-filters.ts';
import type { SlideViewer } from './slide/slide-viewer.ts';

export interface FacadeParts {
  readonly slide: SlideViewer;
  readonly layer: AnnotationLayer;
  readonly store: AnnotationStore;
  readonly filters: PixelFilters;
  readonly navigator: NavigatorFacade;
  readonly pickBox: ViewerFacade['pickBox'];
  readonly useCentres: AnnotationsFacade['useCentres'];
  readonly image: Readonly<Ref<Image>>;
  readonly view: Readonly<Ref<View>>;
  readonly pointer: ViewerFacade['pointer'];
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly version: Readonly<Ref<number>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  select(uuids: readonly string[]): void;
  preload(box: Bounds, room: number | undefined, imageId: number | undefined): void;
  propose(uuid: string): ShapeProposal | undefined;
  onClassKey(handle: (template: Template) => boolean): () => void;
}

/** The viewer as plugins see it. */
export function createFacade(parts: FacadeParts): ViewerFacade & { dispose(): void } {
  const overlays = createOverlays(parts);
  return {
    image: parts.image,
    view: parts.view,
    pointer: parts.pointer,
    templates: parts.templates,
    annotations: annotationsOf(parts),
    goTo(target, { isImmediate, room } = {}) {
      if ('minX' in target) parts.slide.showBox(target, { isImmediate, room });
      else parts.slide.show(target, isImmediate);
    },
    isSharp: parts.slide.isSharp,
    preload: (target, { room, imageId } = {}) => parts.preload(target, room, imageId),
    addOverlay: overlays.add,
    navigator: parts.navigator,
    pickBox: parts.pickBox,
    addPixelFilter: parts.filters.add,
    dispose: overlays.dispose,
  };
}

const toShown = (record: AnnotationRecord): ShownAnnotation => ({
  uuid: record.uuid,
  templateId: record.templateId,
  authorId: record.authorId,
  revision: record.revision,
  get geometry() {
    return record.geometry; // unpacked when somebody looks
  },
  verified: record.verdict,
});

function annotationsOf(parts: FacadeParts): AnnotationsFacade {
  const { store, version, selection, select } = parts;
  return {
    version,
    selection,
    select,
    at: ({ x, y }) => parts.layer.hit(x, y),
    query: (bounds?: Bounds) => store.query(bounds).map(toShown),
    ensure: (uuids) => store.ensure(uuids),
    get(uuid) {
      const record = store.get(uuid);
      return record && !record.isDeleted ? toShown(record) : undefined;
    },
    useCentres: parts.useCentres,
    whenSaved: () => store.whenSaved(),
    propose: parts.propose,
    onClassKey: parts.onClassKey,
    verify(verdicts, label) {
      store.apply(
        label,
        verdicts.map((verdict): Edit => ({ op: 'verify', ...verdict })),
      );
    },
    countByTemplate: () => new Map(store.countByTemplate()),
    async change({ create = [], update = [], delete: remove = [] }, label) {
      // of very many annotations only some are in memory, and without the values before the change could not be undone
      await store.ensure([...update, ...remove].map(({ uuid }) => uuid));
      await store.ensureDetails(update.map((patch) => patch.uuid));
      const edits: Edit[] = [
        ...create.map((draft): Edit => ({ op: 'create', ...draft })),
        ...update.map(({ revision: _, ...patch }): Edit => ({ op: 'update', ...patch })),
        ...remove.map(({ uuid }): Edit => ({ op: 'delete', uuid })),
      ];
      store.apply(label, edits);
    },
  };
}

type Drawer = Parameters<ViewerFacade['addOverlay']>[0];

/** One sheet between the tiles and the annotations for all drawings of plugins. */
function createOverlays({ slide, layer, view }: FacadeParts) {
  const drawers = new Set<Drawer>();
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'position:absolute;left:0;top:0;width:100%;height:100%;pointer-events:none';
  canvas.dataset['pluginOverlay'] = '';
  // below the annotations, which the layer has put into the same parent
  const annotations = slide.osd.canvas.querySelector('[data-annotation-layer]');
  slide.osd.canvas.insertBefore(canvas, annotations);
  const ctx = canvas.getContext('2d');
  let isEmpty = true;

  function draw(): void {
    if (!ctx || (drawers.size === 0 && isEmpty)) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, width, height);
    isEmpty = drawers.size === 0;
    const matrix = layer.view?.matrix;
    if (!matrix) return;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const toScreen = (x: number, y: number) => applyAffine(matrix, x, y);
    for (const drawer of drawers) {
      ctx.save();
      try {
        drawer(ctx, toScreen, view.value);
      } catch (error) {
        drawers.delete(drawer); // one drawing that fails must not take each frame with it
        console.error('An overlay of a plugin failed and was taken off.', error);
      }
      ctx.restore();
    }
  }
  const stop = slide.onView(draw);
  return {
    add(drawer: Drawer) {
      drawers.add(drawer);
      draw();
      return {
        redraw: draw,
        dispose: () => {
          if (drawers.delete(drawer)) draw();
        },
      };
    },
    dispose() {
      stop();
      drawers.clear();
      canvas.remove();
    },
  };
}
