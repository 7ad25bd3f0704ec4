import { AsyncLocalStorage } from 'node:async_hooks';
import { definePlugin } from '@exact/sdk/server';
import { mediaPlaybackContract } from '../shared/contract.ts';
import { SpectrogramParameters } from '../shared/parameters.ts';
import { createHandlers } from './handlers.ts';
import { planImport } from './plan-import.ts';
import { createRecordings } from './recordings.ts';
import { runSpectrogramJob, SPECTROGRAM_JOB } from './spectrogram/job.ts';

export default definePlugin({
  setup(ctx) {
    const recordings = createRecordings(ctx);
    /** Parameters of a spectrogram that somebody asks for; other imports take those of the project. */
    const asked = new AsyncLocalStorage<SpectrogramParameters>();
    ctx.routes.implement(
      mediaPlaybackContract,
      createHandlers(ctx, recordings, (parameters, work) => asked.run(parameters, work)),
    );
    ctx.hooks.images.plan.tap(planImport);
    // All that a spectrogram depends on stands in its job. One that is tried again is made as it was to be made the first time.
    ctx.hooks.jobs.beforeEnqueue.tap(async (draft, { sql }) => {
      if (draft.kind !== SPECTROGRAM_JOB) return undefined;
      const before = draft.imageId === undefined ? undefined : await recordings.get(draft.imageId, sql);
      const parameters =
        asked.getStore() ??
        before?.parameters ??
        SpectrogramParameters.parse(draft.projectId === undefined ? {} : await ctx.settings.project(draft.projectId));
      return { ...draft, input: { ...draft.input, parameters } };
    });
    ctx.jobs.work(SPECTROGRAM_JOB, (input, job) => runSpectrogramJob(ctx, recordings, input, job));
  },
});
