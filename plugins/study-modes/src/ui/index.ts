import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: {
    'study-modes:page': () => import('./StudyPage.vue'),
    'study-modes:case': () => import('./CasePanel.vue'),
  },
  messages: { en },
});
