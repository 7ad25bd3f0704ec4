import type { Middleware } from 'koa';

export interface Readiness {
  /** Name of a part and whether it works now. */
  readonly checks: Readonly<Record<string, () => Promise<boolean>>>;
  /** False from the first signal to stop: a proxy then sends nobody here any more. */
  isStopping(): boolean;
}

/** `GET /health/live`: the process answers · `GET /health/ready`: it can do its work; both open to all and without detail. */
export function health(readiness: Readiness): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !ctx.path.startsWith('/health/')) return next();
    ctx.set('cache-control', 'no-store');
    if (ctx.path === '/health/live') {
      ctx.body = { status: 'live' };
      return;
    }
    if (ctx.path !== '/health/ready') return next();
    const parts = await Promise.all(
      Object.entries(readiness.checks).map(
        async ([name, check]) => [name, (await check().catch(() => false)) ? 'ok' : 'failed'] as const,
      ),
    );
    const isReady = !readiness.isStopping() && parts.every(([, state]) => state === 'ok');
    ctx.status = isReady ? 200 : 503;
    ctx.body = {
      status: isReady ? 'ready' : readiness.isStopping() ? 'stopping' : 'not ready',
      ...Object.fromEntries(parts),
    };
  };
}
