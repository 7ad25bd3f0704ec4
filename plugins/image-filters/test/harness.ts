import { PLACE_KEY, VIEWER_KEY, type FilterPrimitive, type PluginPlace, type ViewerFacade } from '@exact/sdk/ui';
import { mount, type VueWrapper } from '@vue/test-utils';
import { computed, defineComponent, h, ref, type Component } from 'vue';
import { vi } from 'vitest';
import en from '../src/ui/messages/en.json' with { type: 'json' };

/** Words of the plugin by their keys, as the shell gives them; a key without words is a mistake. */
function translate(key: string): string {
  const [plugin, ...path] = key.split('.');
  const words = path.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], en);
  if (plugin !== 'image-filters' || typeof words !== 'string') throw new Error(`There are no words for "${key}".`);
  return words;
}

export interface Harness {
  readonly wrapper: VueWrapper;
  readonly imageId: { value: number };
  /** What the viewer was told, in order. */
  readonly calls: string[];
  /** Filters that are in the viewer now. */
  readonly filters: Map<string, readonly FilterPrimitive[]>;
  /** Documents that are stored, by image. */
  readonly stored: Map<string, object>;
}

/** Mounts components as the viewer does, with a server that keeps documents in memory. */
export function mountInViewer(components: readonly Component[], stored = new Map<string, object>()): Harness {
  const calls: string[] = [];
  const filters = new Map<string, readonly FilterPrimitive[]>();
  const imageId = ref(1);
  const viewer = {
    image: computed(() => ({ id: imageId.value })),
    addPixelFilter(id: string, primitives: readonly FilterPrimitive[]) {
      calls.push('add');
      filters.set(id, primitives);
      return {
        update: (next: readonly FilterPrimitive[]) => void (calls.push('update'), filters.set(id, next)),
        dispose: () => void (calls.push('dispose'), filters.delete(id)),
      };
    },
  } as unknown as ViewerFacade;
  const place = {
    pluginId: 'image-filters',
    projectId: 7,
    report: (error: unknown) => calls.push(String(error)),
  } as unknown as PluginPlace;
  vi.stubGlobal('fetch', (url: string, init?: RequestInit) => {
    const key = decodeURIComponent(url.replace('/api/v2/projects/7/plugins/image-filters/documents/', ''));
    if (init?.method === 'PUT') stored.set(key, (JSON.parse(String(init.body)) as { value: object }).value);
    return Promise.resolve(Response.json({ value: stored.get(key) ?? null }));
  });
  const wrapper = mount(defineComponent({ setup: () => () => components.map((component) => h(component)) }), {
    attachTo: document.body,
    global: {
      provide: { [PLACE_KEY as symbol]: place, [VIEWER_KEY as symbol]: viewer },
      mocks: { $t: translate },
      stubs: { VBtn: { template: '<button type="button"><slot /></button>' } },
    },
  });
  return { wrapper, imageId, calls, filters, stored };
}
