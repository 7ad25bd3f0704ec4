import { definePlugin } from '@exact/sdk/server';
import { studyToken } from '@exact/study';
import { studyModesContract } from '../shared/contract.ts';
import { createCases, createService } from './cases.ts';
import { createHandlers } from './handlers.ts';
import { createPhases } from './phases.ts';
import { createSeal } from './seal.ts';
import { createStudies } from './studies.ts';

/** Planned times are kept to this; what readers may do ends to the second all the same. */
const PLAN_EVERY_MS = 10_000;

export default definePlugin({
  setup(ctx) {
    // Only of what managers do: readers who work blind must not be told that others get on.
    const tell = (projectId: number): Promise<void> => ctx.events.publish('changed', projectId, {}, undefined, 'all');
    const studies = createStudies(ctx, tell);
    const phases = createPhases(ctx, tell);
    const cases = createCases(ctx);
    const seal = createSeal(ctx);
    ctx.routes.implement(studyModesContract, createHandlers(ctx, { studies, phases, cases }));
    ctx.provide(studyToken, createService(ctx, cases));

    ctx.hooks.images.visible.tap(async (value, context) => {
      const imageIds = await seal.visibleImages(context);
      return imageIds && { ...value, imageIds };
    });
    ctx.hooks.annotations.visible.tap((filter, context) => seal.visibleAnnotations(filter, context));
    ctx.hooks.annotations.beforeCreate.tap(({ imageId, drafts }, context) =>
      seal.demandWritable(imageId, [...new Set(drafts.map(({ templateId }) => templateId))], context),
    );
    ctx.hooks.annotations.beforeUpdate.tap(({ imageId, changes }, context) =>
      seal.demandWritable(imageId, [...new Set(changes.flatMap(({ patch }) => patch.templateId ?? []))], context),
    );
    ctx.hooks.annotations.beforeDelete.tap(async (annotations, context) => {
      for (const imageId of new Set(annotations.map((annotation) => annotation.imageId)))
        await seal.demandWritable(imageId, [], context);
    });
    ctx.hooks.annotations.beforeVerify.tap(async (verifications, context) => {
      for (const imageId of new Set(verifications.map(({ annotation }) => annotation.imageId)))
        await seal.demandWritable(imageId, [], context);
    });

    let isFollowing = false;
    const follow = (): void => {
      if (isFollowing || ctx.signal.aborted) return;
      isFollowing = true;
      phases
        .followPlan()
        .catch((error: unknown) => ctx.log.warn({ err: String(error) }, 'the plan of phases could not be read'))
        .finally(() => (isFollowing = false));
    };
    ctx.effect('plan of phases', () => {
      const timer = setInterval(follow, PLAN_EVERY_MS);
      follow(); // what has come due while nobody looked
      return () => clearInterval(timer);
    });
  },
});
