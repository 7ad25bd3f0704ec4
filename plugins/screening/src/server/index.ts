import { definePlugin } from '@exact/sdk/server';
import { screeningContract } from '../shared/contract.ts';
import { findTissue } from './find-tissue.ts';
import { createHandlers } from './handlers.ts';
import { createPlans } from './plans.ts';
import { createReporting } from './reporting.ts';
import { createSeesOthers } from './sight.ts';
import { createTissues, TISSUE_JOB } from './tissues.ts';

export default definePlugin({
  setup(ctx) {
    const seesOthers = createSeesOthers(ctx);
    const tissues = createTissues(ctx, seesOthers);
    const plans = createPlans(ctx, tissues, seesOthers);
    const reporting = createReporting(ctx, plans, tissues, seesOthers);
    ctx.routes.implement(screeningContract, createHandlers(ctx, { plans, tissues, reporting }));
    ctx.jobs.work(TISSUE_JOB, (input, job) => findTissue(ctx, tissues, input, job));
  },
});
