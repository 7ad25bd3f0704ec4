import type { LiveEvent } from '@exact/sdk/contract';
import { PLACE_KEY, VIEWER_KEY, type PluginPlace, type ViewerFacade } from '@exact/sdk/ui';
import { mount, type VueWrapper } from '@vue/test-utils';
import { vi } from 'vitest';
import { h, ref, type Component, type FunctionalComponent, type Ref } from 'vue';
import { createVuetify } from 'vuetify';
import { VAlert } from 'vuetify/components/VAlert';
import { VApp } from 'vuetify/components/VApp';
import { VBtn } from 'vuetify/components/VBtn';
import { VCheckbox } from 'vuetify/components/VCheckbox';
import { VSelect } from 'vuetify/components/VSelect';
import { VTable } from 'vuetify/components/VTable';
import { VTab, VTabs } from 'vuetify/components/VTabs';
import { VTextField } from 'vuetify/components/VTextField';
import { aliases } from 'vuetify/iconsets/mdi-svg';
import en from '../src/ui/messages/en.json' with { type: 'json' };
import type { StatisticsSettings } from '../src/ui/use-usage.ts';

/** Words of the plugin by their keys, as the shell gives them; a key without words is a mistake. */
function translate(key: string, values: Record<string, unknown> = {}): string {
  const [plugin, ...path] = key.split('.');
  const words = path.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], en);
  if (plugin !== 'label-statistics' || typeof words !== 'string') throw new Error(`There are no words for "${key}".`);
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** Answers by the beginning of the path below `/api/v2`; a function gets the query. */
export type Answers = Record<string, unknown>;

export interface Harness {
  readonly wrapper: VueWrapper;
  readonly settings: Ref<StatisticsSettings>;
  /** Requests in order: path with query. */
  readonly asked: string[];
  /** What the viewer was told, in order. */
  readonly told: unknown[];
  readonly listeners: ReadonlySet<unknown>;
  emit(event: LiveEvent): void;
}

/** Mounts a panel as the shell does, before a server that answers from a table. */
export function mountPanel(panel: Component, answers: Answers): Harness {
  const asked: string[] = [];
  const told: unknown[] = [];
  const settings = ref<StatisticsSettings>({ showZero: true, maxHits: 500 });
  const listeners = new Set<{ topic: string; handle: (event: LiveEvent) => void }>();
  vi.stubGlobal('fetch', async (address: string, { signal }: RequestInit = {}) => {
    const url = new URL(address, 'http://localhost');
    const path = url.pathname.replace('/api/v2', '').replace('/projects/7/plugins/label-statistics', '');
    asked.push(path + decodeURIComponent(url.search));
    await Promise.resolve();
    signal?.throwIfAborted();
    if (!Object.hasOwn(answers, path)) throw new Error(`The test has no answer for ${path}.`);
    const answer = answers[path];
    const body =
      typeof answer === 'function' ? (answer as (query: URLSearchParams) => unknown)(url.searchParams) : answer;
    return body instanceof Response ? body : Response.json(body);
  });
  const place = {
    pluginId: 'label-statistics',
    projectId: 7,
    settings,
    onEvent(topic: string, handle: (event: LiveEvent) => void) {
      const listener = { topic, handle };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as PluginPlace;
  const viewer = {
    image: ref({ id: 1, imageSetId: 3 }),
    view: ref({ bounds: { minX: 10, minY: 20, maxX: 110, maxY: 220 } }),
    goTo: (target: unknown) => told.push(['goTo', target]),
    annotations: { select: (uuids: unknown) => told.push(['select', uuids]) },
  } as unknown as ViewerFacade;
  const wrapper = mount(
    { render: () => h(VApp, () => h(panel)) },
    {
      attachTo: document.body,
      global: {
        plugins: [
          createVuetify({
            icons: { aliases: { ...aliases, download: aliases.expand } },
            components: { VAlert, VBtn, VCheckbox, VSelect, VTab, VTable, VTabs, VTextField },
          }),
        ],
        provide: { [PLACE_KEY as symbol]: place, [VIEWER_KEY as symbol]: viewer },
        mocks: { $t: translate },
        components: { RouterLink: routerLink },
      },
    },
  );
  return {
    ...{ wrapper, settings, asked, told, listeners },
    emit: (event) => listeners.forEach(({ topic, handle }) => topic === event.topic && handle(event)),
  };
}

/** Stands for the router's: a link that only says where it leads. */
const routerLink: FunctionalComponent<{ to: string }> = ({ to }, { slots }) =>
  h('a', { href: to }, slots['default']?.());
routerLink.props = ['to'];

const template = (id: number, name: string): object => ({
  ...{ id, name, productId: 5, colour: '#E69F00', kind: 'box', defaultWidth: 50, defaultHeight: 50, sortOrder: id },
  ...{ shortcut: null, description: '', hasExample: false, attributeSchema: null, active: true },
});
export const PRODUCTS = [
  { id: 5, teamId: 1, name: 'Blood', description: '', templates: [template(1, 'RBC'), template(2, 'WBC')] },
];
export const MEMBERS = [
  { person: { id: 9, username: 'reader', displayName: 'Rosa Reader', state: 'active' }, role: 'annotator' },
];
