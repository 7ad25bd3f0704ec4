import { definePlugin } from '@exact/sdk/server';
import { makeDemo } from './make-demo.ts';

export default definePlugin({
  setup(ctx) {
    let making = Promise.resolve();
    ctx.hooks.lifecycle.ready.tap(({ plugins }) => {
      // Not waited for: the server is there for its users while the demo is being made.
      making = makeDemo(ctx, plugins).catch((error: unknown) => {
        if (!ctx.signal.aborted)
          ctx.log.error({ err: error }, 'the demo is not complete; the next start goes on with it');
      });
    });
    // A stop waits for the step that is running, so that nothing is written by a plugin that has stopped.
    ctx.effect('making the demo', () => () => making);
  },
});
