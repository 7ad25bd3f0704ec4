import { definePlugin } from '@exact/sdk/server';
import { agreementContract } from '../shared/contract.ts';
import { COMPARE_JOB, createComparisons } from './comparisons.ts';
import { createHandlers } from './handlers.ts';
import { runComparison } from './run-comparison.ts';

export default definePlugin({
  setup(ctx) {
    const comparisons = createComparisons(ctx);
    ctx.routes.implement(agreementContract, createHandlers(ctx, comparisons));
    ctx.jobs.work(COMPARE_JOB, (input, job) => runComparison(ctx, comparisons, input, job));
  },
});
