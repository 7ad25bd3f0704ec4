import { useViewer } from '@exact/sdk/ui';
import { defineComponent } from 'vue';
import { usePixelFilter } from './use-pixel-filter.ts';

/** The overlay of `viewer.pixels`: shows nothing itself, and keeps the filter applied as long as it is mounted. */
export default defineComponent({
  name: 'PixelFilter',
  setup() {
    usePixelFilter(useViewer());
    return () => null;
  },
});
