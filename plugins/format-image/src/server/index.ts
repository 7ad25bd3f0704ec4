import { definePlugin } from '@exact/sdk/server';
import { makePyramid, PYRAMID_JOB } from './make-pyramid.ts';
import { planImport } from './plan-import.ts';

export default definePlugin({
  setup(ctx) {
    ctx.hooks.images.plan.tap(planImport);
    ctx.jobs.work(PYRAMID_JOB, (input, job) => makePyramid(ctx, input, job));
  },
});
