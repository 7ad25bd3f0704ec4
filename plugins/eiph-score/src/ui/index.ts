import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };

const stub = () => Promise.resolve({ default: {} });
export default defineUiPlugin({
  panels: { 'eiph-score:side': stub, 'eiph-score:border': stub, 'eiph-score:page': stub },
  overlays: { 'eiph-score:overlay': stub },
  messages: { en },
});
