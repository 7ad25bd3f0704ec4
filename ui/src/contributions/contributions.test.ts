// @vitest-environment happy-dom
/* eslint-disable vue/one-component-per-file -- small panels of toy plugins */
import type { ProjectPlugin } from '@exact/sdk/contract';
import { defineUiPlugin, usePlace, type UiPluginDefinition } from '@exact/sdk/ui';
import { VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { i18n } from '../i18n/index.ts';
import { contributionsTo } from './panels.ts';
import type * as pluginBundles from './plugin-bundles.ts';
import { createBundleLoader } from './plugin-bundles.ts';
import { provideInstancePlugins } from './project-scope.ts';
import SlotOutlet from './SlotOutlet.vue';

const bundles = vi.hoisted(() => ({ load: undefined as unknown as (id: string) => Promise<UiPluginDefinition> }));
vi.mock('./plugin-bundles.ts', async (original) => ({
  ...(await original<typeof pluginBundles>()),
  loadBundle: (plugin: ProjectPlugin) => bundles.load(plugin.id),
}));

function plugin(id: string, over: Partial<ProjectPlugin> = {}): ProjectPlugin {
  return {
    ...{
      id,
      title: id,
      description: '',
      version: '1.0.0',
      state: 'active',
      enabled: true,
      settings: {},
      settingsSchema: null,
      permissions: [],
    },
    contributes: {
      panels: [{ id: `${id}:panel`, slot: 'viewer.side', title: `Panel of ${id}` }],
      overlays: [],
      commands: [],
    },
    uiEntry: `/assets/plugins/${id}/index.js`,
    ...over,
  };
}

describe('contributionsTo', () => {
  it('takes acting plugins only, in order, then by id', () => {
    const ordered = plugin('c', {
      contributes: { panels: [{ id: 'c:panel', slot: 'viewer.side', order: 1 }], overlays: [], commands: [] },
    });
    const list = [
      plugin('b'),
      plugin('a'),
      ordered,
      plugin('off', { enabled: false }),
      plugin('broken', { state: 'failed' }),
      plugin('ill', { state: 'degraded' }),
    ];
    expect(contributionsTo('viewer.side', list).map((item) => item.id)).toEqual([
      'c:panel',
      'a:panel',
      'b:panel',
      'ill:panel',
    ]);
    expect(contributionsTo('viewer.bottom', list)).toEqual([]);
  });
});

describe('bundle loader', () => {
  it('loads a bundle once, whoever asks, and tries anew after a failure', async () => {
    const attempts: number[] = [];
    const load = createBundleLoader(async (_, attempt) => {
      attempts.push(attempt);
      if (attempt === 0) throw new Error('cut');
      return { default: defineUiPlugin({ messages: { en: { hello: 'Hello' } } }) };
    });
    await expect(load(plugin('p'))).rejects.toThrow('cut');
    const [first, second] = await Promise.all([load(plugin('p')), load(plugin('p'))]);
    expect(first).toBe(second);
    expect(attempts).toEqual([0, 1]);
    expect(i18n.global.t('p.hello')).toBe('Hello');
  });

  it('says what a bundle without a default export lacks', async () => {
    await expect(createBundleLoader(async () => ({}))(plugin('p'))).rejects.toThrow(
      'The bundle of plugin "p" has no default export',
    );
  });
});

describe('SlotOutlet', () => {
  const words: string[] = [];
  const panel = (name: string, setup: () => void = () => {}) =>
    defineComponent({
      setup() {
        setup();
        return () => h('p', name);
      },
      unmounted: () => void words.push(`unmounted ${name}`),
    });

  beforeEach(() => {
    words.length = 0;
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });

  function show(plugins: ProjectPlugin[]) {
    const list = shallowRef<readonly ProjectPlugin[]>(plugins);
    const Page = defineComponent({
      setup() {
        provideInstancePlugins(list);
        return () => h(SlotOutlet, { name: 'viewer.side', layout: 'inline' }, { empty: () => h('i', 'nothing') });
      },
    });
    const stubs = { VBtn: { template: '<button><slot /></button>' }, VIcon: true, VProgressCircular: true };
    const wrapper = mount(Page, { global: { plugins: [i18n, VueQueryPlugin], stubs } });
    return { wrapper, list };
  }

  it('mounts a panel when its plugin is switched on, unmounts it when it is switched off', async () => {
    bundles.load = async (id) => defineUiPlugin({ panels: { [`${id}:panel`]: async () => ({ default: panel(id) }) } });
    const { wrapper, list } = show([]);
    expect(wrapper.text()).toBe('nothing');
    list.value = [plugin('a')];
    await flushPromises();
    expect(wrapper.text()).toBe('a');
    list.value = [plugin('a', { enabled: false })];
    await flushPromises();
    expect(wrapper.text()).toBe('nothing');
    expect(words).toEqual(['unmounted a']);
  });

  it('keeps a failing panel to itself and tries again when asked to', async () => {
    const isBroken = ref(true);
    const failing = panel('b', () => {
      if (isBroken.value) throw new Error('no field chosen');
    });
    bundles.load = async (id) =>
      defineUiPlugin({ panels: { [`${id}:panel`]: async () => ({ default: id === 'b' ? failing : panel(id) }) } });
    const { wrapper } = show([plugin('a'), plugin('b')]);
    await flushPromises();
    expect(wrapper.findAll('p').map((p) => p.text())).toContain('a');
    expect(wrapper.get('[role=alert]').text()).toContain('no field chosen');
    isBroken.value = false;
    await wrapper.get('[role=alert] button').trigger('click');
    await flushPromises();
    expect(wrapper.find('[role=alert]').exists()).toBe(false);
    expect(wrapper.findAll('p').map((p) => p.text())).toEqual(['a', 'b']);
  });

  it('tells the panel its settings and follows their changes without mounting it anew', async () => {
    const shown: unknown[] = [];
    const reader = defineComponent({
      setup() {
        const { settings, pluginId } = usePlace();
        return () => {
          shown.push([pluginId, settings.value['size']]);
          return h('p', String(settings.value['size']));
        };
      },
      unmounted: () => void words.push('unmounted'),
    });
    bundles.load = async () => defineUiPlugin({ panels: { 'a:panel': async () => ({ default: reader }) } });
    const { wrapper, list } = show([plugin('a', { settings: { size: 1 } })]);
    await flushPromises();
    list.value = [plugin('a', { settings: { size: 2 } })];
    await flushPromises();
    expect(shown).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    expect(words).toEqual([]);
    wrapper.unmount();
  });

  it('names a panel that is declared but not brought', async () => {
    bundles.load = async () => defineUiPlugin({});
    const { wrapper } = show([plugin('a')]);
    await flushPromises();
    expect(wrapper.get('[role=alert]').text()).toContain('declares "a:panel" but does not bring it');
  });
});
