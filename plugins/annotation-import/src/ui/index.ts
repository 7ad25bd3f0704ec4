import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: {
    'annotation-import:page': () => import('./ImportPage.vue'),
    'annotation-import:image': () => import('./ImagePanel.vue'),
  },
  messages: { en },
});
