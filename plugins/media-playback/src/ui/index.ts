import { defineUiPlugin } from '@exact/sdk/ui';
import { commands } from './commands.ts';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: {
    'media-playback:player': () => import('./files/PlayerPanel.vue'),
    'media-playback:side': () => import('./SidePanel.vue'),
    'media-playback:page': () => import('./attach/AttachPage.vue'),
  },
  overlays: { 'media-playback:cursor': () => import('./stage/MediaStage.vue') },
  commands,
  messages: { en },
});
