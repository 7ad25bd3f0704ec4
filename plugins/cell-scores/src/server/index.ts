import { definePlugin } from '@exact/sdk/server';
import { cellScoresContract } from '../shared/contract.ts';
import { createHandlers } from './handlers.ts';
import { createTissueSource } from './tissue.ts';

export default definePlugin({
  setup(ctx) {
    ctx.routes.implement(cellScoresContract, createHandlers(ctx, createTissueSource(ctx)));
  },
});
