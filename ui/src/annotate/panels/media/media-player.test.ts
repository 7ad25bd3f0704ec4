// @vitest-environment happy-dom
import type { Media, ProjectPlugin } from '@exact/sdk/contract';
import { useShownMedia } from '@exact/sdk/ui';
import { createApp, defineComponent, h, nextTick, ref, shallowRef, type App } from 'vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { provideInstancePlugins } from '../../../contributions/project-scope.ts';
import { i18n } from '../../../i18n/index.ts';
import MediaPlayer from './MediaPlayer.vue';

const Panel = defineComponent(() => {
  const { item } = useShownMedia();
  return () => h('p', { id: 'plugin' }, `${item.value.name} ${item.value.url}`);
});
vi.mock('../../../contributions/plugin-bundles.ts', () => ({
  loadBundle: () => Promise.resolve({ panels: { 'player:panel': () => Promise.resolve({ default: Panel }) } }),
}));

const media = (kind: Media['kind'], url = '/media/a/1'): Media =>
  ({ uuid: '1', kind, name: 'call.wav', caption: '', url, urlExpiresAt: '2000-01-01T00:00:00Z', sha256: 'x' }) as Media;
const player = {
  id: 'player',
  title: 'Player',
  enabled: true,
  state: 'active',
  settings: {},
  contributes: { panels: [{ id: 'player:panel', slot: 'annotation.media', accepts: ['audio'] }], overlays: [] },
} as unknown as ProjectPlugin;

let app: App | undefined;
afterEach(() => app?.unmount());

function mount(item: Media, plugins: readonly ProjectPlugin[], refresh = () => Promise.resolve()) {
  const shown = ref(item);
  const acting = shallowRef(plugins);
  const Inner = defineComponent(() => () => h(MediaPlayer, { item: shown.value, refresh }));
  app = createApp(
    defineComponent(() => {
      provideInstancePlugins(acting);
      return () => h(Inner);
    }),
  );
  const place = document.createElement('div');
  app.use(i18n).component('VProgressCircular', () => null);
  app.mount(place);
  return { place, shown, acting };
}

describe('a file of an annotation', () => {
  it('is played by the plugin that takes its kind over, and by the browser when that is switched off', async () => {
    const { place, acting } = mount(media('audio'), [player]);
    await vi.waitFor(() => expect(place.querySelector('#plugin')?.textContent).toBe('call.wav /media/a/1'));
    expect(place.querySelector('audio')).toBeNull();
    acting.value = [];
    await nextTick();
    expect(place.querySelector('audio')?.getAttribute('src')).toBe('/media/a/1');
  });

  it('of another kind is shown by the browser', () => {
    const { place } = mount(media('video'), [player]);
    expect(place.querySelector('video')).not.toBeNull();
  });

  it('keeps its address while it plays, and takes the fresh one when the old one has ended', async () => {
    const { place, shown } = mount(media('audio'), [], async () => void (shown.value = media('audio', '/media/c/1')));
    shown.value = media('audio', '/media/b/1');
    await nextTick();
    const audio = place.querySelector('audio');
    expect(audio?.getAttribute('src')).toBe('/media/a/1');
    audio?.dispatchEvent(new Event('error'));
    await vi.waitFor(() => expect(audio?.getAttribute('src')).toBe('/media/c/1'));
  });

  it('that cannot be played says so instead of asking for ever', async () => {
    const refresh = vi.fn(() => Promise.resolve());
    const { place } = mount(media('audio'), [], refresh);
    place.querySelector('audio')?.dispatchEvent(new Event('error'));
    await vi.waitFor(() => expect(place.querySelector('[role=alert]')?.textContent).toMatch(/Download/));
    expect(refresh).toHaveBeenCalledTimes(1);
  });
});
