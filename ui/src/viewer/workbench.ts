import { checkGeometry, checkInsideImage, translate as moveBy, type Geometry } from '@exact/geometry';
import type { AnnotationsChanged, Image, Template } from '@exact/sdk/contract';
import type { View, ViewerFacade } from '@exact/sdk/ui';
import {
  computed,
  effectScope,
  inject,
  shallowReadonly,
  shallowRef,
  watch,
  watchEffect,
  type InjectionKey,
  type Ref,
} from 'vue';
import { createAnnotationLayer, type AnnotationLayer } from '../annotate/layer/index.ts';
import { AnnotationStore, makeUuid, type Edit, type QueueStatus, type Verdict } from '../annotate/store/index.ts';
import {
  createTool,
  TOOL_KINDS,
  TOOL_OF,
  type Tool,
  type ToolHost,
  type ToolId,
  type ToolPoint,
} from '../annotate/tools/index.ts';
import { api } from '../app/api.ts';
import { live } from '../app/live-client.ts';
import { notify } from '../app/notices.ts';
import { report } from '../app/problems.ts';
import { translate } from '../i18n/index.ts';
import { choices } from './choices.ts';
import { createFacade } from './facade.ts';
import { createPointerInput, type PointerInput } from './pointer-input.ts';
import { createPixelFilters } from './slide/pixel-filters.ts';
import { createSlideViewer, type SlideViewer } from './slide/slide-viewer.ts';
import type { Place } from './slide/view-math.ts';
import { writeQueueOf } from './write-queue-of.ts';

export interface WorkbenchOptions {
  /** Gets the canvas; takes the pointers. */
  readonly element: HTMLElement;
  readonly image: Readonly<Ref<Image>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly userId: number;
  readonly mayWrite: boolean;
  readonly mayVerify: boolean;
  readonly start: Partial<Place> & { readonly annotation?: string };
}

/** Everything about one opened image: what is shown, what is in hand, what is selected. Components read it and call it. */
export interface Workbench {
  readonly image: Readonly<Ref<Image>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly mayWrite: boolean;
  readonly mayVerify: boolean;
  readonly slide: SlideViewer;
  readonly layer: AnnotationLayer;
  readonly store: AnnotationStore;
  readonly facade: ViewerFacade;
  readonly input: PointerInput;
  readonly view: Readonly<Ref<View>>;
  readonly pointer: Readonly<Ref<ToolPoint | undefined>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  /** Counts up with every change of the store, at most once a frame. */
  readonly version: Readonly<Ref<number>>;
  readonly loading: Readonly<Ref<'loading' | 'ready' | 'failed'>>;
  readonly error: Readonly<Ref<unknown>>;
  readonly status: Readonly<Ref<QueueStatus>>;
  readonly toolId: Readonly<Ref<ToolId>>;
  readonly template: Readonly<Ref<Template | undefined>>;
  readonly isHidden: Ref<boolean>;
  tool(): Tool;
  pickTool(id: ToolId): void;
  pickTemplate(template: Template): void;
  /** A class key: gives the selected ones this class while selecting, else takes the class in hand. */
  pressTemplate(template: Template): void;
  select(uuids: readonly string[]): void;
  goTo(uuid: string): void;
  removeSelected(): void;
  nudge(dx: number, dy: number): void;
  relabel(template: Template): void;
  verify(verdict: Verdict): void;
  update(label: string, edits: readonly Edit[]): void;
  undo(): void;
  redo(): void;
  reload(): void;
  resolve(changeId: string, choice: 'theirs' | 'mine'): void;
  discard(changeId: string): void;
  dispose(): void;
}

export const WORKBENCH_KEY: InjectionKey<Workbench> = Symbol('workbench');

export function useWorkbench(): Workbench {
  const bench = inject(WORKBENCH_KEY);
  if (!bench) throw new Error('A part of the viewer stands outside of it.');
  return bench;
}

const NO_VIEW: View = {
  centerX: 0,
  centerY: 0,
  downsample: 1,
  rotation: 0,
  flipped: false,
  bounds: { minX: 0, minY: 0, maxX: 0, maxY: 0 },
};

export function createWorkbench(options: WorkbenchOptions): Workbench {
  const { element, image, templates, userId, mayWrite, mayVerify } = options;
  const scope = effectScope();
  const undo: (() => void)[] = [];
  const abort = new AbortController();
  const imageId = image.value.id;
  const { projectId } = image.value;

  let tileProblems = 0;
  const slide = createSlideViewer(element, image.value, () => {
    if (++tileProblems === 1) notify(translate('viewer.tilesFailed'));
  });
  const layer = createAnnotationLayer(slide.osd);
  const queue = writeQueueOf(userId);
  const store = new AnnotationStore({
    imageId,
    userId,
    scene: layer.scene,
    queue,
    source: {
      frame: async (signal) => (await api.annotations.frame({ params: { imageId }, query: {} }, signal)).arrayBuffer(),
      list: async (uuids) =>
        (
          await api.annotations.list({
            params: { imageId },
            query: { uuids: uuids.join(','), deleted: 'all', limit: uuids.length },
          })
        ).items,
    },
    onProblem: (error) => report(error),
  });

  const view = shallowRef<View>(NO_VIEW);
  const pointer = shallowRef<ToolPoint>();
  const selection = shallowRef<readonly string[]>([]);
  const version = shallowRef(0);
  const loading = shallowRef<'loading' | 'ready' | 'failed'>('loading');
  const error = shallowRef<unknown>();
  const status = shallowRef(queue.status);
  const toolId = shallowRef<ToolId>('select');
  const isHidden = shallowRef(false);
  const active = computed(() => templates.value.filter((item) => item.active));
  const template = computed(
    () => active.value.find((item) => item.id === choices.template[projectId]) ?? active.value[0],
  );

  /** Runs at most once a frame, however many events come. */
  const perFrame = (work: () => void): (() => void) => {
    let request = 0;
    undo.push(() => cancelAnimationFrame(request));
    return () => {
      request ||= requestAnimationFrame(() => {
        request = 0;
        work();
      });
    };
  };
  undo.push(
    slide.onView(
      perFrame(() => {
        const next = slide.view();
        if (next && !isSameView(next, view.value)) view.value = next;
      }),
    ),
  );
  const tellVersion = perFrame(() => {
    version.value = store.version;
    const left = selection.value.filter((uuid) => store.get(uuid)?.isDeleted === false);
    if (left.length < selection.value.length) select(left);
    layer.redrawOverlay();
  });
  undo.push(
    store.onChange(tellVersion),
    queue.onStatus((next) => (status.value = next)),
  );

  function select(uuids: readonly string[]): void {
    selection.value = uuids;
    layer.setSelected(uuids);
    layer.redrawOverlay();
  }
  const steps = (name: string): string => translate(`annotate.steps.${name}`);
  const isFit = (geometry: Geometry): boolean => {
    const checked = checkGeometry(geometry);
    const result = checked.ok ? checkInsideImage(geometry, image.value.width, image.value.height) : checked;
    if (!result.ok) notify(result.message);
    return result.ok;
  };

  const host: ToolHost = {
    isReadOnly: !mayWrite,
    scale: () => 1 / (slide.view()?.downsample ?? 1),
    toScreen: (x, y) => layer.imageToScreen(x, y) ?? { x: 0, y: 0 },
    toImage: (x, y) => layer.screenToImage(x, y) ?? { x: 0, y: 0 },
    angle() {
      const [from, to] = [layer.screenToImage(0, 0), layer.screenToImage(1000, 0)];
      if (!from || !to) return 0;
      const angle = Math.atan2(to.y - from.y, to.x - from.x) % Math.PI; // a box looks the same turned by half a round
      return Math.abs(angle) < 1e-6 || Math.abs(angle) > Math.PI - 1e-6 ? 0 : angle;
    },
    middle: () => ({ x: view.value.centerX, y: view.value.centerY }),
    hit: (x, y) => layer.hit(x, y),
    inside: (ring) => layer.inside(ring),
    get: (uuid) => store.get(uuid),
    selection: () => selection.value,
    select,
    hover: (uuid) => layer.setHovered(uuid),
    template: () => template.value,
    create(geometry) {
      const chosen = template.value;
      if (!mayWrite || !chosen) return false;
      if (chosen.kind !== geometry.kind) {
        notify(translate('annotate.wrongKind', { name: chosen.name }));
        return false;
      }
      if (!isFit(geometry)) return false;
      if (geometry.kind === 'image' && store.query().some((record) => record.templateId === chosen.id)) {
        notify(translate('annotate.hasLabel', { name: chosen.name }));
        return false;
      }
      const uuid = makeUuid();
      store.apply(steps('draw'), [{ op: 'create', uuid, templateId: chosen.id, geometry }]);
      // one click after the other: the inspector would flicker
      select(toolId.value === 'place' ? [] : [uuid]);
      return true;
    },
    reshape(label, changes) {
      host.preview(undefined);
      if (!mayWrite || !changes.every(({ geometry }) => isFit(geometry))) return;
      store.apply(
        steps(label),
        changes.map(({ uuid, geometry }): Edit => ({ op: 'update', uuid, geometry })),
      );
    },
    preview(changes) {
      const before = previewed.filter((uuid) => !changes?.some((change) => change.uuid === uuid));
      layer.scene.apply({
        update: [
          ...before.flatMap((uuid) =>
            store.get(uuid) ? [{ id: uuid, geometry: store.get(uuid)?.geometry as Geometry }] : [],
          ),
          ...(changes ?? []).map(({ uuid, geometry }) => ({ id: uuid, geometry })),
        ],
      });
      previewed = (changes ?? []).map((change) => change.uuid);
    },
    redraw: () => layer.redrawOverlay(),
  };
  let previewed: readonly string[] = [];
  let tool = createTool('select', host);

  const input = createPointerInput({
    element,
    tool: () => tool,
    toImage: (x, y) => layer.screenToImage(x, y),
    pan: (dx, dy) => slide.panBy(dx, dy, true),
    onPointer: perPointer(),
  });
  function perPointer(): (point: ToolPoint | undefined) => void {
    let next: ToolPoint | undefined;
    const tell = perFrame(() => (pointer.value = next));
    return (point) => {
      next = point;
      tell();
    };
  }
  undo.push(layer.addOverlay((ctx, shown) => tool.draw?.(ctx, shown)));

  function pickTool(id: ToolId): void {
    const kinds = TOOL_KINDS[id];
    if (kinds.length > 0 && !mayWrite) return;
    if (kinds.length > 0 && !(template.value && kinds.includes(template.value.kind))) {
      const fitting = active.value.find((item) => kinds.includes(item.kind));
      if (!fitting)
        return notify(translate('annotate.noTemplate', { kind: translate(`projects.kinds.${kinds[0] ?? 'box'}`) }));
      choices.template[projectId] = fitting.id;
    }
    if (template.value && kinds.includes(template.value.kind)) choices.toolOf[template.value.kind] = id;
    tool.cancel();
    tool = createTool(id, host);
    toolId.value = id;
    input.refreshCursor();
    layer.redrawOverlay();
  }
  function pickTemplate(next: Template): void {
    choices.template[projectId] = next.id;
    if (mayWrite && !TOOL_KINDS[toolId.value].includes(next.kind))
      pickTool(choices.toolOf[next.kind] ?? TOOL_OF[next.kind]);
    layer.redrawOverlay();
  }
  const selected = () => selection.value.flatMap((uuid) => store.get(uuid) ?? []);
  function relabel(next: Template): void {
    const fitting = selected().filter((record) => record.geometry.kind === next.kind && record.templateId !== next.id);
    if (fitting.length < selection.value.length && selected().some((record) => record.geometry.kind !== next.kind))
      notify(translate('annotate.otherKind', { name: next.name }));
    store.apply(
      steps('relabel'),
      fitting.map(({ uuid }): Edit => ({ op: 'update', uuid, templateId: next.id })),
    );
  }

  scope.run(() => {
    watchEffect(() => {
      layer.setStyles(
        templates.value.map((item) => [
          item.id,
          {
            color: item.colour,
            lineWidth: choices.lineWidth,
            fillOpacity: choices.fillOpacity[item.id] ?? 0.15,
            visible: !choices.hiddenTemplates.includes(item.id),
          },
        ]),
      );
    });
    watchEffect(() => layer.setDisplay({ fill: choices.isFilled, hidden: isHidden.value, opacity: choices.opacity }));
    // a first connection knows no cursor yet: what happened before it is ready would be missed
    if (live.state.value !== 'online') {
      const stop = watch(live.state, (state) => {
        if (state !== 'online') return;
        store.handleReset();
        stop();
      });
    }
  });

  undo.push(
    live.onEvent((event) => {
      if (event.topic === 'annotations.changed') store.handleEvent(event as AnnotationsChanged);
    }),
    live.onReset(() => store.handleReset()),
  );

  const filters = createPixelFilters(slide.drawing);
  const facade = createFacade({
    slide,
    layer,
    store,
    filters,
    image,
    view: shallowReadonly(view),
    templates,
    version,
    selection,
    select,
  });

  async function load(): Promise<void> {
    loading.value = 'loading';
    try {
      await store.load(abort.signal);
      loading.value = 'ready';
      version.value = store.version;
      const wanted = options.start.annotation;
      if (wanted !== undefined && store.get(wanted)) {
        select([wanted]);
        if (options.start.x === undefined) goTo(wanted);
      }
    } catch (failure) {
      if (abort.signal.aborted) return;
      error.value = failure;
      loading.value = 'failed';
    }
  }
  slide.osd.addOnceHandler('open', () => {
    if (options.start.x !== undefined || options.start.downsample !== undefined || options.start.rotation !== undefined)
      slide.show(options.start, true);
  });
  void load();

  function goTo(uuid: string): void {
    const box = layer.scene.boundsOf(uuid);
    if (box) slide.showBox(box);
    else slide.fit();
  }

  return {
    ...{
      image,
      templates,
      mayWrite,
      mayVerify,
      slide,
      layer,
      store,
      facade,
      input,
      view,
      pointer,
      selection,
      version,
      loading,
      error,
      status,
      toolId,
      template,
      isHidden,
    },
    tool: () => tool,
    pickTool,
    pickTemplate,
    pressTemplate(next) {
      const isSelecting = toolId.value === 'select' || toolId.value === 'area';
      if (isSelecting && selection.value.length > 0 && mayWrite) relabel(next);
      else pickTemplate(next);
    },
    select,
    goTo,
    relabel,
    removeSelected() {
      if (mayWrite)
        store.apply(
          steps('delete'),
          selection.value.map((uuid): Edit => ({ op: 'delete', uuid })),
        );
    },
    nudge(dx, dy) {
      if (!mayWrite) return;
      const changes = selected().map(({ uuid, geometry }) => ({ uuid, geometry: moveBy(geometry, dx, dy) }));
      if (changes.every(({ geometry }) => isFit(geometry)))
        store.apply(
          steps('nudge'),
          changes.map((change): Edit => ({ op: 'update', ...change })),
        );
    },
    verify(verdict) {
      if (mayVerify)
        store.apply(
          steps(verdict),
          selection.value.map((uuid): Edit => ({ op: 'verify', uuid, verdict })),
        );
    },
    update(label, edits) {
      if (mayWrite) store.apply(label, edits);
    },
    undo() {
      const label = store.undoLabel;
      if (label !== undefined && store.undo()) notify(translate('annotate.undone', { label }));
    },
    redo() {
      const label = store.redoLabel;
      if (label !== undefined && store.redo()) notify(translate('annotate.redone', { label }));
    },
    reload: () => void load(),
    resolve: (changeId, choice) => store.resolve(changeId, choice),
    discard: (changeId) => queue.discard(changeId),
    dispose() {
      abort.abort();
      tool.cancel();
      scope.stop();
      for (const step of undo.reverse()) step();
      facade.dispose();
      filters.dispose();
      input.dispose();
      store.dispose();
      layer.dispose();
      slide.dispose();
    },
  };
}

function isSameView(a: View, b: View): boolean {
  return (
    a.centerX === b.centerX &&
    a.centerY === b.centerY &&
    a.downsample === b.downsample &&
    a.rotation === b.rotation &&
    a.flipped === b.flipped &&
    a.bounds.minX === b.bounds.minX &&
    a.bounds.minY === b.bounds.minY
  );
}
