import type { AnnotationsChanged, Image, Template } from '@exact/sdk/contract';
import type { View } from '@exact/sdk/ui';
import { computed, effectScope, shallowReadonly, shallowRef, watch, type Ref } from 'vue';
import { createAnnotationLayer } from '../../annotate/layer/index.ts';
import { AnnotationStore } from '../../annotate/store/index.ts';
import {
  createTool,
  isForLooking,
  isSelecting,
  TOOL_KINDS,
  TOOL_OF,
  type Tool,
  type ToolId,
  type ToolPoint,
} from '../../annotate/tools/index.ts';
import { api } from '../../app/api.ts';
import { changesSight } from '../../app/invalidation.ts';
import { live } from '../../app/live-client.ts';
import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { queryClient } from '../../app/query-client.ts';
import { keys } from '../../app/query-keys.ts';
import { translate } from '../../i18n/index.ts';
import { choices } from '../choices.ts';
import { createFacade } from '../facade.ts';
import { createFilterState } from '../filter/filter-state.ts';
import type { ShownFilter } from '../filter/shown-filter.ts';
import { createNavigatorSheet } from '../navigator-sheet.ts';
import { createPointerInput } from '../pointer-input.ts';
import { createPresenceState } from '../presence/presence-state.ts';
import { isInvisible } from '../presence/use-presence.ts';
import { createPixelFilters } from '../slide/pixel-filters.ts';
import { preloadBox, preloadOther } from '../slide/preload.ts';
import { createSlideViewer } from '../slide/slide-viewer.ts';
import type { Place } from '../slide/view-math.ts';
import { writeQueueOf } from '../write-queue-of.ts';
import { annotationSource } from './annotation-source.ts';
import { createCentresUse } from './centres-use.ts';
import { followView } from './follow-view.ts';
import { hasLabel } from './image-labels.ts';
import { isShared } from './locks.ts';
import { showStyles } from './show-styles.ts';
import { createPicks } from './picks.ts';
import { createSelectedEdits } from './selected-edits.ts';
import { createProposals } from './proposals.ts';
import { createToolHost } from './tool-host.ts';
import type { Workbench } from './use-workbench.ts';

export interface WorkbenchOptions {
  /** Gets the canvas; takes the pointers. */
  readonly element: HTMLElement;
  readonly image: Readonly<Ref<Image>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly userId: number;
  readonly mayWrite: boolean;
  readonly mayVerify: boolean;
  readonly start: Partial<Place>;
  readonly filter: ShownFilter;
  /** Whether people here may see each other: not where they work blind. */
  readonly isTogether: Readonly<Ref<boolean>>;
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

  const source = annotationSource(imageId, abort.signal, options.filter);
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
    source,
    isHeld: (uuid) => selectedUuids.value.has(uuid),
    isReadOnly: isShared,
    onProblem: (error) => report(error),
  });

  const view = shallowRef<View>(NO_VIEW);
  const pointer = shallowRef<ToolPoint>();
  const selection = shallowRef<readonly string[]>([]);
  const selectedUuids = computed(() => new Set(selection.value));
  const version = shallowRef(0);
  const loading = shallowRef<'loading' | 'ready' | 'failed'>('loading');
  const error = shallowRef<unknown>();
  const status = shallowRef(queue.status);
  const toolId = shallowRef<ToolId>('select');
  const toolState = shallowRef(0);
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
  undo.push(followView({ slide, layer, store }, perFrame));
  const tellVersion = perFrame(() => {
    version.value = store.version;
    const left = selection.value.filter((uuid) => store.get(uuid)?.isDeleted === false);
    if (left.length < selection.value.length) select(left);
    layer.redrawOverlay();
  });
  undo.push(
    store.onChange(({ names }) => {
      if (names) select(selection.value.map((uuid) => names.get(uuid) ?? uuid));
      tellVersion();
    }),
    queue.onStatus((next) => (status.value = next)),
  );

  function select(uuids: readonly string[]): void {
    selection.value = uuids;
    layer.setSelected(uuids);
    store.prune();
    layer.redrawOverlay();
  }
  const proposals = createProposals({ store, layer, image });
  const host = createToolHost({
    slide,
    layer,
    store,
    image,
    view,
    selection,
    template,
    templates,
    toolId,
    toolState,
    mayWrite,
    proposals,
    select,
    hasLabel: (templateId) => hasLabel({ filter, store }, templateId),
  });
  let tool = createTool('select', host);
  const picks = createPicks({
    host,
    image,
    onTool() {
      tool.cancel();
      input.refreshCursor();
      host.redraw();
    },
  });
  const inHand = (): Tool => picks.tool() ?? tool;

  const input = createPointerInput({
    element,
    tool: inHand,
    toImage: (x, y) => layer.screenToImage(x, y),
    pan: (dx, dy) => slide.panBy(dx, dy, true),
    onLongPress(point) {
      const [uuid] = layer.hit(point.x, point.y, 12);
      if (uuid === undefined) return false;
      select([uuid]);
      return true;
    },
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
  undo.push(layer.addOverlay((ctx, shown) => inHand().draw?.(ctx, shown)));

  function pickTool(id: ToolId): void {
    const kinds = TOOL_KINDS[id];
    if (!mayWrite && !isForLooking(id)) return;
    if (kinds.length > 0 && !(template.value && kinds.includes(template.value.kind))) {
      const fitting = active.value.find((item) => kinds.includes(item.kind));
      if (!fitting)
        return notify(translate('annotate.noTemplate', { kind: translate(`projects.kinds.${kinds[0] ?? 'box'}`) }));
      choices.template[projectId] = fitting.id;
    }
    if (template.value && kinds.includes(template.value.kind)) choices.toolOf[template.value.kind] = id;
    picks.cancel();
    tool.cancel();
    tool = createTool(id, host);
    toolId.value = id;
    input.refreshCursor();
    host.redraw();
  }
  function pickTemplate(next: Template): void {
    choices.template[projectId] = next.id;
    if (mayWrite && !TOOL_KINDS[toolId.value].includes(next.kind))
      pickTool(choices.toolOf[next.kind] ?? TOOL_OF[next.kind]);
    layer.redrawOverlay();
  }
  const edits = createSelectedEdits({ store, image, selection, mayWrite, mayVerify });

  scope.run(() => {
    showStyles(layer, templates, isHidden);
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
      else if (changesSight(event, image.value.projectId)) store.handleReset();
    }),
    live.onReset(() => store.handleReset()),
  );

  const navigator = createNavigatorSheet();
  const classKeys = new Set<(template: Template) => boolean>();
  const filters = createPixelFilters(slide.drawing);
  const facade = createFacade({
    slide,
    layer,
    store,
    filters,
    navigator: navigator.facade,
    pickBox: picks.box,
    useCentres: createCentresUse({ store, read: source.namedCentres }),
    image,
    view: shallowReadonly(view),
    pointer: shallowReadonly(pointer),
    templates,
    version,
    selection,
    select,
    preload(box, room, otherId) {
      if (otherId === undefined || otherId === imageId) return preloadBox(slide.osd, image.value.width, box, room);
      const query = {
        queryKey: keys.image(otherId),
        queryFn: ({ signal }: { signal: AbortSignal }) => api.images.get({ params: { imageId: otherId } }, signal),
        staleTime: 60_000,
      };
      queryClient.fetchQuery(query).then(
        (other) => abort.signal.aborted || preloadOther(slide.osd, other, box, room),
        () => undefined, // the way there will tell what is wrong
      );
    },
    propose(uuid) {
      const proposal = proposals.start(uuid);
      if (!proposal) return undefined;
      pickTool('select');
      select([uuid]);
      return proposal;
    },
    onClassKey(handle) {
      classKeys.add(handle);
      return () => void classKeys.delete(handle);
    },
  });

  async function load(): Promise<void> {
    loading.value = 'loading';
    try {
      await store.load(abort.signal);
      loading.value = 'ready';
      version.value = store.version;
    } catch (failure) {
      if (!abort.signal.aborted) fail(failure);
    }
  }
  function fail(failure: unknown): void {
    error.value = failure;
    loading.value = 'failed';
  }
  const filter = scope.run(() =>
    createFilterState({
      imageId,
      version,
      start: options.filter,
      signal: abort.signal,
      onFailure: fail,
      async apply(next, signal) {
        source.setFilter(next);
        await store.refilter(signal);
        loading.value = 'ready';
        version.value = store.version;
      },
    }),
  )!; // a scope that was not stopped runs it
  slide.osd.addOnceHandler('open', () => {
    if (options.start.x !== undefined || options.start.downsample !== undefined || options.start.rotation !== undefined)
      slide.show(options.start, true);
  });
  void load();

  const presence = scope.run(() =>
    createPresenceState({
      projectId,
      imageId,
      view,
      tool: toolId,
      isOn: options.isTogether,
      isHidden: computed(isInvisible),
      size: () => slide.osd.viewport.getContainerSize(),
      say: live.say,
      onTold: live.onPresence,
      goTo({ x, y, width, height, rotation }) {
        const size = slide.osd.viewport.getContainerSize();
        slide.show({ x, y, downsample: Math.max(width / size.x, height / size.y), rotation });
      },
      heading: () => {
        const { x, y, downsample, rotation } = slide.heading();
        return [x / downsample, y / downsample, 1000 * Math.log(downsample), rotation].map(Math.round).join(' ');
      },
      onView: (listener) => slide.onView(listener),
      onStop: (_, isGone) => notify(translate(isGone ? 'viewer.presence.gone' : 'viewer.presence.stopped')),
    }),
  )!; // a scope that was not stopped runs it

  function goTo(uuid: string): void {
    const box = layer.scene.boundsOf(uuid);
    if (box) slide.showBox(box);
    else if (store.get(uuid)) slide.fit();
    else store.ensure([uuid]).then(() => store.get(uuid) && goTo(uuid), report);
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
      toolState,
      template,
      isHidden,
      filter,
      presence,
      navigator,
      picks,
    },
    tool: inHand,
    host,
    pickTool,
    pickTemplate,
    pressTemplate(next) {
      if ([...classKeys].some((handle) => handle(next))) return;
      if (isSelecting(toolId.value) && selection.value.length > 0 && mayWrite) edits.relabel(next);
      else pickTemplate(next);
    },
    select,
    goTo,
    ...edits,
    update(label, steps) {
      if (mayWrite) store.apply(label, steps);
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
      picks.cancel();
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
