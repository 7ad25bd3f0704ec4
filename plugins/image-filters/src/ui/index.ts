import { defineUiPlugin } from '@exact/sdk/ui';
import { openFilters, resetFilters, toggleInvert } from './filter-states.ts';
import en from './messages/en.json' with { type: 'json' };

export default defineUiPlugin({
  panels: { 'image-filters:controls': () => import('./FilterPanel.vue') },
  overlays: { 'image-filters:pixels': () => import('./pixel-filter.ts') },
  commands: {
    'image-filters:open': openFilters,
    'image-filters:invert': toggleInvert,
    'image-filters:reset': resetFilters,
  },
  messages: { en },
});
