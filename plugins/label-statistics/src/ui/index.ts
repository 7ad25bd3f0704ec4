import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: {
    'label-statistics:side': () => import('./StatisticsPanel.vue'),
    'label-statistics:usage': () => import('./UsagePage.vue'),
  },
  messages: { en },
});
