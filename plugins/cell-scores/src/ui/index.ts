import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };
import { ask } from './window-wish.ts';

export default defineUiPlugin({
  panels: {
    'cell-scores:differential': () => import('./DifferentialPanel.vue'),
    'cell-scores:mitotic': () => import('./MitoticPanel.vue'),
    'cell-scores:page': () => import('./CellScoresPage.vue'),
  },
  commands: {
    'cell-scores:hot-spot'(host) {
      host.showPanel('cell-scores:mitotic');
      ask('goToHotSpot');
    },
    'cell-scores:follow'(host) {
      host.showPanel('cell-scores:mitotic');
      ask('toggleFollowing');
    },
  },
  messages: { en },
});
