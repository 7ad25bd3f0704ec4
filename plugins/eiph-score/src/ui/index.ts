import { defineUiPlugin } from '@exact/sdk/ui';
import { inHand, wantStart } from './border-session.ts';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: {
    'eiph-score:side': () => import('./SidePanel.vue'),
    'eiph-score:border': () => import('./BorderPanel.vue'),
    'eiph-score:page': () => import('./ScorePage.vue'),
  },
  overlays: {
    'eiph-score:overlay': () => import('./Overlay.ts'),
  },
  commands: {
    'eiph-score:start'(host) {
      host.showPanel('eiph-score:border');
      const panel = inHand();
      if (panel) panel.start();
      else wantStart();
    },
    'eiph-score:accept': () => inHand()?.accept(),
    'eiph-score:cross': () => inHand()?.cross(),
    'eiph-score:next': () => inHand()?.step(1),
    'eiph-score:back': () => inHand()?.step(-1),
    'eiph-score:stop': () => inHand()?.stop(),
  },
  messages: { en },
});
