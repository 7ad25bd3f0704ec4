import { checkGeometry, checkInsideImage, type Geometry } from '@exact/geometry';
import type { Image, Template } from '@exact/sdk/contract';
import type { View } from '@exact/sdk/ui';
import { triggerRef, type Ref, type ShallowRef } from 'vue';
import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import { makeUuid, type AnnotationStore, type Edit } from '../../annotate/store/index.ts';
import type { StepName, ToolHost, ToolId } from '../../annotate/tools/index.ts';
import { notify } from '../../app/notices.ts';
import { translate } from '../../i18n/index.ts';
import { choices } from '../choices.ts';
import { createScreenReader } from '../slide/pixel-reader.ts';
import { findUnloaded } from './find-unloaded.ts';
import type { SlideViewer } from '../slide/slide-viewer.ts';
import { isLocked, tellLocked } from './locks.ts';
import type { Proposals } from './proposals.ts';

export interface ToolHostOptions {
  readonly slide: SlideViewer;
  readonly layer: AnnotationLayer;
  readonly store: AnnotationStore;
  readonly image: Readonly<Ref<Image>>;
  readonly view: Readonly<Ref<View>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  readonly template: Readonly<Ref<Template | undefined>>;
  readonly templates: Readonly<Ref<readonly Template[]>>;
  readonly toolId: Readonly<Ref<ToolId>>;
  readonly mayWrite: boolean;
  /** Triggered when what a tool shows has changed, for the strip of options. */
  readonly toolState: ShallowRef<number>;
  /** Shapes that tools work on instead of annotations. */
  readonly proposals: Proposals;
  select(uuids: readonly string[]): void;
  /** Whether the image has a label of a class, shown or not. */
  hasLabel(templateId: number): boolean;
}

/** Steps after which what was selected still is: selecting anew would make panels flicker. */
const KEEPS_SELECTION: ReadonlySet<StepName> = new Set(['move', 'resize', 'turn', 'vertex']);

/** Name of a step, as undo shows it. */
export const stepName = (name: string): string => translate(`annotate.steps.${name}`);

/** Whether a shape may be stored on the image; tells the person why not. */
export function isFit(geometry: Geometry, image: Pick<Image, 'width' | 'height'>): boolean {
  const checked = checkGeometry(geometry);
  const result = checked.ok ? checkInsideImage(geometry, image.width, image.height) : checked;
  if (!result.ok) notify(result.message);
  return result.ok;
}

/** What tools see of the open image and do to it. */
export function createToolHost(options: ToolHostOptions): ToolHost {
  const {
    slide,
    layer,
    store,
    image,
    view,
    selection,
    template,
    templates,
    toolId,
    mayWrite,
    toolState,
    proposals,
    select,
  } = options;
  const readScreen = createScreenReader();
  let previewed: readonly string[] = [];

  const host: ToolHost = {
    get isReadOnly() {
      return !mayWrite && !proposals.isActive();
    },
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
    ensureDetails: (uuids) => store.ensureDetails(uuids).catch(() => undefined), // off line: with what is known
    hit: (x, y) => layer.hit(x, y),
    find: (x, y) => findUnloaded({ layer, store }, x, y),
    inside(ring) {
      if (!store.isWhole(view.value.bounds)) notify(translate('viewer.shown.zoomToSelect'));
      return layer.inside(ring);
    },
    get: (uuid) => proposals.over(store.get(uuid)),
    selection: () => selection.value,
    select,
    hover: (uuid) => layer.setHovered(uuid),
    template: () => template.value,
    colourOf: (templateId) => templates.value.find(({ id }) => id === templateId)?.colour ?? '#ffffff',
    create(geometry) {
      const chosen = template.value;
      if (!mayWrite || !chosen) return false;
      if (chosen.kind !== geometry.kind) {
        notify(translate('annotate.wrongKind', { name: chosen.name }));
        return false;
      }
      if (!isFit(geometry, image.value)) return false;
      if (geometry.kind === 'image' && options.hasLabel(chosen.id)) {
        notify(translate('annotate.hasLabel', { name: chosen.name }));
        return false;
      }
      const uuid = makeUuid();
      store.apply(stepName('draw'), [{ op: 'create', uuid, templateId: chosen.id, geometry }]);
      // one click after the other: the inspector would flicker
      select(toolId.value === 'place' ? [] : [uuid]);
      return true;
    },
    reshape: (label, reshape) => void host.change(label, { reshape }),
    change(label, { create = [], reshape = [], remove = [] }) {
      host.preview(undefined);
      if (proposals.take({ create, reshape, remove })) return true;
      if (!mayWrite || create.length + reshape.length + remove.length === 0) return false;
      const locked = [...reshape.map(({ uuid }) => uuid), ...remove].filter((uuid) => host.isLocked(uuid));
      if (locked.length > 0) {
        tellLocked(locked.map((uuid) => store.get(uuid)));
        return false;
      }
      if (![...create, ...reshape].every(({ geometry }) => isFit(geometry, image.value))) return false;
      const made = create.map((shape) => ({ ...shape, uuid: makeUuid() }));
      store.apply(stepName(label), [
        ...reshape.map(({ uuid, geometry }): Edit => ({ op: 'update', uuid, geometry })),
        ...made.map((shape): Edit => ({ op: 'create', ...shape })),
        ...remove.map((uuid): Edit => ({ op: 'delete', uuid })),
      ]);
      if (!KEEPS_SELECTION.has(label)) {
        const gone = new Set(remove);
        const left = selection.value.filter((uuid) => !gone.has(uuid));
        const changed = reshape.map(({ uuid }) => uuid).filter((uuid) => !left.includes(uuid));
        select([...left, ...changed, ...made.map(({ uuid }) => uuid)]);
      }
      return true;
    },
    preview(changes) {
      const before = previewed.filter((uuid) => !changes?.some((change) => change.uuid === uuid));
      layer.scene.apply({
        update: [
          ...before.flatMap((uuid) =>
            store.get(uuid) ? [{ id: uuid, geometry: host.get(uuid)?.geometry as Geometry }] : [],
          ),
          ...(changes ?? []).map(({ uuid, geometry }) => ({ id: uuid, geometry })),
        ],
      });
      previewed = (changes ?? []).map((change) => change.uuid);
    },
    redraw() {
      layer.redrawOverlay();
      triggerRef(toolState);
    },
    options: choices,
    mpp() {
      const { mppX: x, mppY } = image.value;
      return x === undefined ? undefined : { x, y: mppY ?? x };
    },
    axes: () => image.value.axes,
    bounds: () => view.value.bounds,
    within(bounds) {
      const shown = layer.display.hidden ? [] : layer.scene.query(bounds);
      return shown.filter((uuid) => {
        const record = store.get(uuid);
        return record !== undefined && !choices.hiddenTemplates.includes(record.templateId);
      });
    },
    isLocked: (uuid) => !proposals.has(uuid) && isLocked(store.get(uuid)),
    pixels: () => (slide.drawing instanceof HTMLCanvasElement ? readScreen(slide.drawing) : undefined),
    tell: (note) => notify(translate(`annotate.toolNotes.${note}`)),
    explain: notify,
  };
  return host;
}
