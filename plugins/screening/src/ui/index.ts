import { defineUiPlugin } from '@exact/sdk/ui';
import en from './messages/en.json' with { type: 'json' };
import { screening, startScreening } from './screening.ts';

export default defineUiPlugin({
  panels: {
    'screening:side': () => import('./SidePanel.vue'),
    'screening:page': () => import('./ReportPage.vue'),
  },
  overlays: { 'screening:fields': () => import('./ScreeningOverlay.vue') },
  commands: {
    'screening:toggle'(host) {
      if (screening.value?.isOn.value) return screening.value.stop();
      // where there is a plan the keys are enough: a panel that opens makes the image smaller
      if (!screening.value?.open.value) host.showPanel('screening:side');
      startScreening();
    },
    'screening:next': () => screening.value?.next(1),
    'screening:previous': () => screening.value?.next(-1),
    'screening:next-unseen': () => screening.value?.nextUnseen(),
    'screening:mark-left': () => screening.value?.towards('left', true),
    'screening:mark-right': () => screening.value?.towards('right', true),
    'screening:mark-up': () => screening.value?.towards('up', true),
    'screening:mark-down': () => screening.value?.towards('down', true),
    'screening:left': () => screening.value?.towards('left', false),
    'screening:right': () => screening.value?.towards('right', false),
    'screening:up': () => screening.value?.towards('up', false),
    'screening:down': () => screening.value?.towards('down', false),
    'screening:return': () => screening.value?.refit(),
    'screening:come-back': () => screening.value?.toggleMark(),
    'screening:come-back-and-next': () => screening.value?.markAndNext(),
    'screening:next-marked': () => screening.value?.nextMarked(),
  },
  messages: { en },
});
