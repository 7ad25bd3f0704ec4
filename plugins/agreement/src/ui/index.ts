import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: { 'agreement:page': () => import('./AgreementPage.vue') },
  messages: { en },
});
