import { definePlugin } from '@exact/sdk/server';
import { annotationImportContract } from '../shared/contract.ts';
import { createFiles, SCAN_JOB } from './files.ts';
import { createHandlers } from './handlers.ts';
import { APPLY_JOB, createPlans, PLAN_JOB } from './plans.ts';

export default definePlugin({
  setup(ctx) {
    const files = createFiles(ctx);
    const plans = createPlans(ctx, files);
    ctx.routes.implement(annotationImportContract, createHandlers(ctx, files, plans));
    ctx.jobs.work(SCAN_JOB, (input, job) => files.read(input, job));
    ctx.jobs.work(PLAN_JOB, (input, job) => plans.count(input, job));
    ctx.jobs.work(APPLY_JOB, (input, job) => plans.work(input, job));
  },
});
