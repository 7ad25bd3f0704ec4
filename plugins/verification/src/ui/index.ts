import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };
import { inHand, wantStart } from './session.ts';

export default defineUiPlugin({
  panels: {
    'verification:side': () => import('./SidePanel.vue'),
    'verification:page': () => import('./VerificationPage.vue'),
  },
  commands: {
    'verification:start'(host) {
      host.showPanel('verification:side');
      const panel = inHand();
      if (panel) panel.start();
      else wantStart();
    },
    'verification:accept': () => inHand()?.decide('accept'),
    'verification:reject': () => inHand()?.decide('reject'),
    'verification:unsure': () => inHand()?.decide('unsure'),
    'verification:confirm': () => inHand()?.confirm(),
    'verification:reshape': () => inHand()?.reshape(),
    'verification:next': () => inHand()?.next(),
    'verification:back': () => inHand()?.back(),
    'verification:undo': () => inHand()?.undo(),
    'verification:complete': () => inHand()?.complete(),
    'verification:stop': () => inHand()?.stop(),
    'verification:shape-left': () => inHand()?.shape('left'),
    'verification:shape-right': () => inHand()?.shape('right'),
    'verification:shape-up': () => inHand()?.shape('up'),
    'verification:shape-down': () => inHand()?.shape('down'),
    'verification:shape-larger': () => inHand()?.shape('larger'),
    'verification:shape-smaller': () => inHand()?.shape('smaller'),
  },
  messages: { en },
});
