import { definePlugin } from '@exact/sdk/server';
import { eiphScoreContract } from '../shared/contract.ts';
import { createHandlers } from './handlers.ts';

export default definePlugin({
  setup(ctx) {
    ctx.routes.implement(eiphScoreContract, createHandlers(ctx));
  },
});
