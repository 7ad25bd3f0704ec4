import { type Box, ths } from '@exact/scores';
import { type Centres, PLACE_KEY, type PluginPlace, VIEWER_KEY, type View, type ViewerFacade } from '@exact/sdk/ui';
import { type App, type Component, computed, createApp, h, nextTick, ref, shallowRef } from 'vue';
import { createVuetify } from 'vuetify';
import { VBtn } from 'vuetify/components/VBtn';
import { VIcon } from 'vuetify/components/VIcon';
import { VSwitch } from 'vuetify/components/VSwitch';
import en from '../../../../plugins/eiph-score/src/ui/messages/en.json' with { type: 'json' };
import ScoreDetail from '../../../../plugins/eiph-score/src/ui/ScoreDetail.vue';
import ScoreRows from '../../../../plugins/eiph-score/src/ui/ScoreRows.vue';
import SidePanel from '../../../../plugins/eiph-score/src/ui/SidePanel.vue';
import { makeCells, type MadeCell } from '../cells.ts';

// The panel as it is shipped, before a viewer that is nothing but a view: what it takes from a new view to the figure in the page, with
// the layout that follows. Beside it the same page parts, fed by plain filtering of objects.

const GRADES = [0, 1, 2, 3, 4];
const boundsOf = ref<Box>({ minX: 0, minY: 0, maxX: 1, maxY: 1 });
let app: App | undefined;

/** Words of the plugin by their keys, with singular and plural as the shell tells them apart. */
function translate(key: string, values: Record<string, unknown> = {}, count?: number): string {
  const found = key
    .split('.')
    .slice(1)
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], en);
  const forms = String(found).split(' | ');
  const words = (count === 1 ? forms[0] : forms.at(-1)) ?? '';
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

function open(kind: 'ours' | 'filtering', count: number, sidePx: number): void {
  app?.unmount();
  globalThis.fetch = () => new Promise(() => undefined); // no server here: what it is asked for is still on its way
  const cells = makeCells(count, sidePx);
  const template = (grade: number) => ({ id: grade + 1, productId: 1, name: String(grade), kind: 'box', active: true });
  const view = computed((): Partial<View> => ({ bounds: boundsOf.value, downsample: 1 }));
  const viewer = {
    image: ref({ id: 1, imageSetId: 1, width: sidePx, height: sidePx }),
    view,
    templates: ref(GRADES.map((grade) => ({ ...template(grade), colour: '#000000' }))),
    annotations: { useCentres: () => ({ value: shallowRef(centresOf(cells)), dispose: () => undefined }) },
  } as unknown as ViewerFacade;
  const settings = {
    grades: {},
    minimumCells: 100,
    inclusion: 'centre',
    verified: 'notRejected',
    seed: 1,
    windowUm: 500,
  };
  const place = {
    ...{ pluginId: 'eiph-score', projectId: 1, permissions: [], settings: ref(settings) },
    onEvent: () => () => undefined,
    report: () => undefined,
  } as unknown as PluginPlace;
  app = createApp(kind === 'ours' ? SidePanel : filteringPanel(cells, viewer));
  app.use(createVuetify({ components: { VBtn, VIcon, VSwitch } }));
  app.component('CalibrationPrompt', () => null);
  app.component('RouterLink', () => null);
  app.config.globalProperties['$t'] = translate as never;
  app.provide(PLACE_KEY, place).provide(VIEWER_KEY, viewer);
  app.mount('#panel');
}

function centresOf(cells: readonly MadeCell[]): Centres {
  return {
    count: cells.length,
    x: Float32Array.from(cells, ({ x }) => x),
    y: Float32Array.from(cells, ({ y }) => y),
    templateId: Int32Array.from(cells, ({ grade }) => grade + 1),
    verdict: new Uint8Array(cells.length),
    uuid: String,
    version: 1,
  };
}

/** The same rows and bars; each view goes through all cells as objects. */
const filteringPanel = (cells: readonly MadeCell[], viewer: ViewerFacade): Component => ({
  setup() {
    const rows = computed(() => {
      const { minX, minY, maxX, maxY } = viewer.view.value.bounds;
      const inside = cells.filter(({ x, y }) => x + 0.5 >= minX && x + 0.5 < maxX && y + 0.5 >= minY && y + 0.5 < maxY);
      const counts = GRADES.map((grade) => inside.filter((cell) => cell.grade === grade).length);
      return [{ key: 'view', scope: { kind: 'view' as const }, score: ths.compute({ counts }), notCounted: undefined }];
    });
    const names = { person: String };
    return () => [
      h(ScoreRows, { rows: rows.value, chosen: 'view', names, viewBox: '' }),
      h(ScoreDetail, { score: rows.value[0]!.score, templates: [], minimumCells: 100 }),
    ];
  },
});

/** Shows one view after the other. @returns for each the time in ms, and the counts that stand in the page then */
async function pan(boxes: readonly Box[]): Promise<{ readonly ms: number[]; readonly counts: string[] }> {
  const panel = document.getElementById('panel')!;
  const ms: number[] = [];
  const counts: string[] = [];
  for (const box of boxes) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    boundsOf.value = box;
    await nextTick();
    void panel.offsetHeight; // style and layout belong to it
    ms.push(performance.now() - start);
    counts.push(panel.querySelector<HTMLElement>('[data-testid=eiph-row-view]')?.dataset['counts'] ?? '');
  }
  return { ms, counts };
}

const scorePage = { open, pan };
declare global {
  var scorePage: { readonly open: typeof open; readonly pan: typeof pan };
}
globalThis.scorePage = scorePage;
