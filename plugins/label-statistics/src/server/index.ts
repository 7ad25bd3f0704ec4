import { definePlugin } from '@exact/sdk/server';
import { labelStatisticsContract } from '../shared/contract.ts';
import { createHandlers } from './handlers.ts';

export default definePlugin({
  setup(ctx) {
    ctx.routes.implement(labelStatisticsContract, createHandlers(ctx));
  },
});
