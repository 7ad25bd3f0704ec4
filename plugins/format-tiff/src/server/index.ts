import { definePlugin } from '@exact/sdk/server';
import { openOrRefuse } from './open-or-refuse.ts';

export default definePlugin({
  setup(ctx) {
    ctx.hooks.slides.open.tap(openOrRefuse);
  },
});
