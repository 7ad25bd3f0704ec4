import { AsyncLocalStorage } from 'node:async_hooks';
import { definePlugin } from '@exact/sdk/server';
import { verificationContract } from '../shared/contract.ts';
import { VoteInsteadError } from '../shared/errors.ts';
import { createHandlers } from './handlers.ts';
import { createSituations } from './situation.ts';

export default definePlugin({
  setup(ctx) {
    const situations = createSituations(ctx);
    /** Set where this plugin writes outcomes itself. A request could claim any id or origin; this it cannot. */
    const applying = new AsyncLocalStorage<true>();
    ctx.routes.implement(
      verificationContract,
      createHandlers(ctx, situations, (work) => applying.run(true, work)),
    );
    ctx.hooks.annotations.beforeVerify.tap(async (_, { projectId, sql }) => {
      if (projectId === undefined || applying.getStore()) return undefined;
      const [project] =
        (await sql?.query<{ collaboration: string }>('select collaboration from core.project where id = $1', [
          projectId,
        ])) ?? [];
      if (await situations.asksForSecondOpinions(projectId, project?.collaboration))
        throw new VoteInsteadError({ path: `/projects/${projectId}` });
      return undefined;
    });
  },
});
